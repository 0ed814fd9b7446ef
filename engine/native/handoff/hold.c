#define _GNU_SOURCE
#include "hold.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buffer.h"
#include "failure.h"
#include "fault.h"
#include "loop.h"
#include "route.h"

enum { MOST_BYTES = 64 << 20, LARGEST_PACKET = 65536, DEVICE_MTU = 65520, QUEUE_LENGTH = 10000, FULL_QUEUE_WAIT_US = 200 };

static struct buffer kept; /* u16 length, packet, ... */
static size_t packets, dropped;
static struct watch tun = {.fd = -1};
static int out = -1; /* bound to no protocol: closing or opening one that receives would wait for the kernel's RCU */

static void keep_one(const uint8_t *packet, uint16_t size) {
	if (buffer_size(&kept) + size > MOST_BYTES) {
		dropped++;
		return;
	}
	buffer_add(&kept, &size, sizeof size);
	buffer_add(&kept, packet, size);
	packets++;
}

static void read_packets(void *unused, short events) {
	static uint8_t packet[LARGEST_PACKET];
	(void)unused, (void)events;
	for (ssize_t n; (n = read(tun.fd, packet, sizeof packet - 1)) > 0;)
		if (packet[0] >> 4 == 4) /* the kernel's own IPv6 chatter on a new device is not for the application */
			keep_one(packet, (uint16_t)n);
}

static int set_up(const char *name) {
	struct ifreq r = {0};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed;
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	r.ifr_mtu = DEVICE_MTU;
	failed = ioctl(s, SIOCSIFMTU, &r);
	r.ifr_qlen = QUEUE_LENGTH;
	failed = failed || ioctl(s, SIOCSIFTXQLEN, &r) || ioctl(s, SIOCGIFFLAGS, &r);
	r.ifr_flags |= IFF_UP;
	failed = failed || ioctl(s, SIOCSIFFLAGS, &r);
	close(s);
	return failed ? failure_errno("hold", "cannot set up the device %s", name) : 0;
}

int hold_open(const char *name) {
	struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	tun.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tun.fd < 0)
		return failure_errno("hold", "cannot open /dev/net/tun; the outer container needs that device");
	if (ioctl(tun.fd, TUNSETIFF, &r) || ioctl(tun.fd, TUNSETPERSIST, 1))
		return failure_errno("hold", errno == EBUSY ? "the driver of an earlier migration still has the device %s" : "cannot make the device %s; the outer container needs NET_ADMIN", name);
	out = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (out < 0)
		return failure_errno("hold", "cannot open a packet socket; the outer container needs NET_RAW");
	tun.events = POLLIN;
	tun.ready = read_packets;
	loop_watch(&tun);
	return set_up(name);
}

static int target(const char *device, const char *mac, struct sockaddr_ll *to) {
	unsigned char m[6];
	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6)
		return failure("bad-config", "%s is not a MAC address", mac);
	*to = (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = sizeof m};
	memcpy(to->sll_addr, m, sizeof m);
	to->sll_ifindex = (int)if_nametoindex(device);
	return to->sll_ifindex ? 0 : failure_errno("hold", "there is no device %s to send held packets by", device);
}

static void send_kept(const struct sockaddr_ll *to) {
	while (buffer_size(&kept)) {
		uint16_t size;
		memcpy(&size, buffer_data(&kept), sizeof size);
		while (sendto(out, buffer_data(&kept) + sizeof size, size, 0, (const struct sockaddr *)to, sizeof *to) < 0) {
			if (errno != ENOBUFS && errno != EAGAIN) {
				log_line("a held packet of %u bytes could not be sent: %s", size, strerror(errno));
				break;
			}
			usleep(FULL_QUEUE_WAIT_US);
		}
		buffer_consume(&kept, sizeof size + size);
	}
}

long hold_release(const char *device, const char *mac, const char *route) {
	struct sockaddr_ll to;
	if (fault("release"))
		return -1;
	if (target(device, mac, &to))
		return -1;
	read_packets(NULL, 0);
	send_kept(&to);
	int failed = route_run(route);
	/* a packet may have been on its way into the device while the route changed */
	read_packets(NULL, 0);
	send_kept(&to);
	return failed ? -1 : (long)packets;
}

size_t hold_packets(void) { return packets; }
size_t hold_dropped(void) { return dropped; }

void hold_close(void) {
	if (tun.fd < 0)
		return;
	loop_unwatch(&tun);
	ioctl(tun.fd, TUNSETPERSIST, 0);
	close(tun.fd);
	tun.fd = -1;
}

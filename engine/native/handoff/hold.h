/*
 * Hold: from the freeze to the commit the packets for the nested address are routed into a TUN device and kept here, in order. A dropped packet
 * would cost its sender a retransmission timeout of 200 ms and more. The kernel computes their checksums when it hands them over, so they can
 * be sent as they are.
 */
#ifndef HANDOFF_HOLD_H
#define HANDOFF_HOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the device (it outlives a crash of the driver) and starts to read from it. */
int hold_open(const char *device);
/* Sends everything out by `device` to `mac`, runs the route command, sends what came meanwhile. Returns the number of packets, or -1. */
long hold_release(const char *device, const char *mac, const char *route);
size_t hold_packets(void);
/* Packets dropped because the memory limit was reached. */
size_t hold_dropped(void);
/* Removes the device. */
void hold_close(void);

#endif

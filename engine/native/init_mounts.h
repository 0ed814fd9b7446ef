#ifndef CARRYON_INIT_MOUNTS_H
#define CARRYON_INIT_MOUNTS_H

/* Container engines mount cgroups and /sys read-only; the sandbox's cgroups are made in them. Failure is left to whoever needs them. */
void make_kernel_mounts_writable(void);

/* Where the container engine gives no tmpfs: what lies in /run ends with the container's processes. */
void make_run_volatile(void);

/* Where the container engine has not put it: it holds packets in the handoff, and is WireGuard's where the kernel has none. */
void make_tun_device(void);

#endif

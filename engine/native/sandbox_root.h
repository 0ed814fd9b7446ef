/* The root file system of another mount namespace, seen here. */
#ifndef CARRYON_SANDBOX_ROOT_H
#define CARRYON_SANDBOX_ROOT_H

/*
 * Mounts what is mounted at / in that namespace at `target`, read-only, without what is mounted below it there: what an image has at the
 * place of a volume is seen, and the volume is not. 0, or -1 with errno and the step.
 */
int mount_root_of(const char *mount_namespace, const char *target, const char **what);

#endif

#define _GNU_SOURCE
#include "sandbox_processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOT_PID = 1001, LINE = 512, PATH = 64 };

struct status {
	pid_t parent, inner, group, session;
	char comm[16];
};

/* A list has one number per namespace, the innermost last. */
static pid_t innermost(const char *numbers) {
	pid_t last = 0;
	char *end;
	for (;;) {
		long n = strtol(numbers, &end, 10);
		if (end == numbers)
			return last;
		last = n;
		numbers = end;
	}
}

/* Whoever reads a list of processes reads lines: a process may name itself anything. */
static void copy_comm(char *to, size_t size, const char *from) {
	size_t n = 0;
	for (; from[n] && from[n] != '\n' && n < size - 1; n++)
		to[n] = isprint((unsigned char)from[n]) ? from[n] : '?';
	to[n] = '\0';
}

static bool read_status(const char *path, struct status *status) {
	char line[LINE];
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	*status = (struct status){0};
	while (fgets(line, sizeof line, file)) {
		char *value = strchr(line, '\t');
		if (!value)
			continue;
		if (!strncmp(line, "Name:", 5))
			copy_comm(status->comm, sizeof status->comm, value + 1);
		else if (!strncmp(line, "PPid:", 5))
			status->parent = atoi(value);
		else if (!strncmp(line, "NSpid:", 6))
			status->inner = innermost(value);
		else if (!strncmp(line, "NSpgid:", 7))
			status->group = innermost(value);
		else if (!strncmp(line, "NSsid:", 6))
			status->session = innermost(value);
	}
	fclose(file);
	return status->inner > 0;
}

static bool read_namespace(pid_t pid, char *name, size_t size) {
	char path[PATH];
	snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
	ssize_t n = readlink(path, name, size - 1);
	name[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool append(struct processes *processes, const struct process *process) {
	/* Grows at each power of two. */
	if ((processes->count & (processes->count - 1)) == 0) {
		size_t room = processes->count ? processes->count * 2 : 1;
		struct process *larger = realloc(processes->list, room * sizeof *larger);
		if (!larger)
			return false;
		processes->list = larger;
	}
	processes->list[processes->count++] = *process;
	return true;
}

static const struct process *find(const struct processes *processes, pid_t outer) {
	for (size_t i = 0; i < processes->count; i++)
		if (processes->list[i].outer == outer)
			return &processes->list[i];
	return NULL;
}

static void mark_tree(struct processes *processes) {
	for (size_t i = 0; i < processes->count; i++) {
		const struct process *at = &processes->list[i];
		size_t steps = 0; /* what is read while processes come and go may have a loop in it */
		while (at && at->inner != ROOT_PID && steps++ < processes->count)
			at = find(processes, at->parent);
		processes->list[i].in_tree = at && at->inner == ROOT_PID;
	}
}

static bool add_process(struct processes *processes, pid_t pid, const char *namespace) {
	char name[PATH], path[PATH];
	struct status status;
	if (!read_namespace(pid, name, sizeof name) || strcmp(name, namespace))
		return true;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (!read_status(path, &status) || status.inner == 1)
		return true;
	struct process process = {.outer = pid, .parent = status.parent, .inner = status.inner};
	memcpy(process.comm, status.comm, sizeof process.comm);
	return append(processes, &process);
}

int processes_read(struct processes *processes, pid_t sandbox) {
	char namespace[PATH];
	*processes = (struct processes){0};
	if (!read_namespace(sandbox, namespace, sizeof namespace))
		return -1;
	DIR *proc = opendir("/proc");
	if (!proc)
		return -1;
	struct dirent *entry;
	bool ok = true;
	while (ok && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ok = add_process(processes, atoi(entry->d_name), namespace);
	closedir(proc);
	mark_tree(processes);
	if (!ok)
		errno = ENOMEM;
	return ok ? 0 : -1;
}

static pid_t larger(pid_t a, pid_t b) {
	return a > b ? a : b;
}

static pid_t highest_of(pid_t process) {
	char path[PATH];
	pid_t highest = 0;
	snprintf(path, sizeof path, "/proc/%d/task", process);
	DIR *tasks = opendir(path);
	struct dirent *entry;
	while (tasks && (entry = readdir(tasks))) {
		struct status status;
		char file[PATH + 280];
		snprintf(file, sizeof file, "%s/%s/status", path, entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]) && read_status(file, &status))
			highest = larger(highest, larger(status.inner, larger(status.group, status.session)));
	}
	if (tasks)
		closedir(tasks);
	return highest;
}

pid_t processes_highest(const struct processes *processes) {
	pid_t highest = 0;
	for (size_t i = 0; i < processes->count; i++)
		highest = larger(highest, highest_of(processes->list[i].outer));
	return highest;
}

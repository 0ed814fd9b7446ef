#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "files.h"
#include "pack.h"
#include "walk.h"

/* What the peer has of one path. */
struct known {
	struct known *next;
	unsigned root, mode;
	unsigned long long inode;
	struct timespec changed, modified;
	long long size;
	bool seen;
	char path[];
};

/* A path of a file with several links: if one is sent, all are, else the peer would have copies. */
struct linked {
	struct linked *next, *first; /* first: the path under which the content was sent */
	dev_t device;
	ino_t inode;
	unsigned root;
	bool changed;
	char path[];
};

struct comparison {
	const struct roots *roots;
	struct known **table;
	struct linked *links;
	struct buffer *changes;
};

enum { SLOTS = 1 << 17 };

static size_t slot_of(unsigned root, const char *path) {
	size_t hash = 1469598103934665603u ^ root;
	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 1099511628211u;
	return hash & (SLOTS - 1);
}

static void unescape(char *text) {
	char *to = text;
	for (const char *from = text; *from;) {
		if (from[0] != '\\')
			*to++ = *from++;
		else if (from[1] == '\\')
			*to++ = '\\', from += 2;
		else if (strlen(from) >= 4)
			*to++ = (char)(((from[1] - '0') << 6) | ((from[2] - '0') << 3) | (from[3] - '0')), from += 4;
		else
			break;
	}
	*to = 0;
}

static int remember(struct comparison *c, char *line) {
	char *path = strchr(line, '\t');
	if (!path)
		return failure("files", "the snapshot of the files is damaged; run another sync");
	*path++ = 0;
	path[strcspn(path, "\n")] = 0;
	unescape(path);
	struct known *k = calloc(1, sizeof *k + strlen(path) + 1);
	long long changed, modified;
	if (!k)
		abort();
	if (sscanf(line, "%u %llu %lld.%ld %lld.%ld %lld %o", &k->root, &k->inode, &changed, &k->changed.tv_nsec, &modified,
		   &k->modified.tv_nsec, &k->size, &k->mode) != 8) {
		free(k);
		return failure("files", "the snapshot of the files is damaged; run another sync");
	}
	k->changed.tv_sec = changed;
	k->modified.tv_sec = modified;
	strcpy(k->path, path);
	size_t slot = slot_of(k->root, path);
	k->next = c->table[slot];
	c->table[slot] = k;
	return 0;
}

static int load(struct comparison *c, const char *snapshot) {
	FILE *f = fopen(snapshot, "re");
	char *line = NULL;
	size_t room = 0;
	int result = 0;
	if (!f)
		return failure_errno("files", "cannot read the snapshot %s", snapshot);
	while (!result && getline(&line, &room, f) >= 0)
		result = remember(c, line);
	free(line);
	fclose(f);
	return result;
}

static bool same_time(struct timespec a, struct timespec b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

static bool has_changed(struct comparison *c, const struct entry *e) {
	for (struct known *k = c->table[slot_of(e->root, e->path)]; k; k = k->next) {
		if (k->root != e->root || strcmp(k->path, e->path))
			continue;
		k->seen = true;
		return k->inode != e->st.st_ino || k->mode != e->st.st_mode || k->size != e->st.st_size || !same_time(k->changed, e->st.st_ctim) ||
		       !same_time(k->modified, e->st.st_mtim);
	}
	return true;
}

static void note_link(struct comparison *c, const struct entry *e, bool changed) {
	struct linked *l = calloc(1, sizeof *l + strlen(e->path) + 1);
	if (!l)
		abort();
	l->device = e->st.st_dev;
	l->inode = e->st.st_ino;
	l->root = e->root;
	l->changed = changed;
	strcpy(l->path, e->path);
	l->next = c->links;
	c->links = l;
}

static bool is_linked(const struct entry *e) { return S_ISREG(e->st.st_mode) && e->st.st_nlink > 1; }

static int first_pass(const struct entry *e, void *argument) {
	struct comparison *c = argument;
	bool changed = has_changed(c, e);
	if (is_linked(e)) {
		note_link(c, e, changed);
		return 0;
	}
	return changed ? pack_entry(c->changes, &c->roots->all[e->root], e) : 0;
}

static bool same_file(const struct linked *l, const struct entry *e) {
	return l->device == e->st.st_dev && l->inode == e->st.st_ino && l->root == e->root;
}

/* Sends groups of hard links of which at least one path changed: the first path with content, the others as links to it. */
static int links_pass(const struct entry *e, void *argument) {
	struct comparison *c = argument;
	struct linked *own = NULL, *sent = NULL;
	bool changed = false;
	if (!is_linked(e))
		return 0;
	for (struct linked *l = c->links; l; l = l->next) {
		if (!same_file(l, e))
			continue;
		changed |= l->changed;
		if (!strcmp(l->path, e->path))
			own = l;
		if (l->first)
			sent = l->first;
	}
	if (!changed || !own)
		return 0;
	own->first = sent ? sent : own;
	if (sent) {
		pack_hard_link(c->changes, e->root, e->path, sent->path);
		return 0;
	}
	return pack_entry(c->changes, &c->roots->all[e->root], e);
}

static void add_gone(struct comparison *c, struct buffer *gone) {
	for (size_t slot = 0; slot < SLOTS; slot++)
		for (struct known *k = c->table[slot]; k; k = k->next)
			if (!k->seen && k->root < c->roots->count)
				pack_gone(gone, k->root, k->path);
}

static void release(struct comparison *c) {
	for (size_t slot = 0; slot < SLOTS; slot++)
		for (struct known *k = c->table[slot], *next; k; k = next) {
			next = k->next;
			free(k);
		}
	for (struct linked *l = c->links, *next; l; l = next) {
		next = l->next;
		free(l);
	}
	free(c->table);
}

static int walk_all(struct comparison *c, walk_visitor visit) {
	for (unsigned i = 0; i < c->roots->count; i++)
		if (walk(c->roots->all[i].fd, i, visit, c))
			return -1;
	return 0;
}

int files_changes(const struct roots *r, const char *snapshot, struct buffer *changes) {
	struct buffer found = {0};
	struct comparison c = {.roots = r, .table = calloc(SLOTS, sizeof(struct known *)), .changes = &found};
	if (!c.table)
		abort();
	int result = (snapshot && load(&c, snapshot)) || walk_all(&c, first_pass) || (c.links && walk_all(&c, links_pass)) ? -1 : 0;
	if (!result) {
		add_gone(&c, changes); /* first: what is gone may be in the way of what is new */
		buffer_add(changes, buffer_data(&found), buffer_size(&found));
	}
	buffer_free(&found);
	release(&c);
	return result;
}

#define _GNU_SOURCE
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

enum { ANSWER_WITHIN_MS = 10000 };

enum kind { TEXT, LIST, NUMBER };
enum need { BOTH, BOTH_OPTIONAL, SOURCE_ONLY, SOURCE_OPTIONAL, DESTINATION_ONLY, DESTINATION_OPTIONAL };

struct field {
	const char *name;
	enum kind kind;
	enum need need;
	size_t offset;
	const char *standard;
};

#define AT(member) offsetof(struct config, member)

static const struct field fields[] = {
	{"migration", TEXT, BOTH, AT(migration), NULL},
	{"service", TEXT, BOTH, AT(service), NULL},
	{"strategy", TEXT, BOTH, AT(strategy), NULL},
	{"journal", TEXT, BOTH, AT(journal), NULL},
	{"dir", TEXT, BOTH, AT(dir), NULL},
	{"cert", TEXT, BOTH, AT(cert), NULL},
	{"key", TEXT, BOTH, AT(key), NULL},
	{"peerca", TEXT, BOTH, AT(peerca), NULL},
	{"peername", TEXT, BOTH, AT(peername), NULL},
	{"freezer", TEXT, BOTH, AT(freezer), NULL},
	{"appcgroups", LIST, BOTH_OPTIONAL, AT(appcgroups), NULL},
	{"upper", TEXT, BOTH_OPTIONAL, AT(upper), NULL},
	{"volumes", LIST, BOTH_OPTIONAL, AT(volumes), NULL},
	{"tmpfs", LIST, BOTH_OPTIONAL, AT(tmpfs), NULL},
	{"applog", TEXT, BOTH_OPTIONAL, AT(applog), NULL},
	{"dumpdir", TEXT, BOTH_OPTIONAL, AT(dumpdir), NULL},
	{"criu", TEXT, BOTH_OPTIONAL, AT(criu), "/opt/carryon/criu"},
	{"initsock", TEXT, BOTH_OPTIONAL, AT(initsock), "/run/carryon/init.sock"},
	{"stdout", TEXT, BOTH_OPTIONAL, AT(out), "/proc/1/fd/11"},
	{"stderr", TEXT, BOTH_OPTIONAL, AT(err), "/proc/1/fd/13"},
	{"ipc", TEXT, BOTH_OPTIONAL, AT(ipc), "join"},
	{"peer", TEXT, SOURCE_ONLY, AT(peer), NULL},
	{"hold", TEXT, SOURCE_ONLY, AT(hold), NULL},
	{"routehold", TEXT, SOURCE_ONLY, AT(routehold), NULL},
	{"routelocal", TEXT, BOTH, AT(routelocal), NULL},
	{"routepeer", TEXT, SOURCE_ONLY, AT(routepeer), NULL},
	{"nestedaddr", TEXT, SOURCE_ONLY, AT(nestedaddr), NULL},
	{"localdev", TEXT, SOURCE_ONLY, AT(localdev), NULL},
	{"localmac", TEXT, SOURCE_ONLY, AT(localmac), NULL},
	{"peerdev", TEXT, SOURCE_ONLY, AT(peerdev), NULL},
	{"peermac", TEXT, SOURCE_ONLY, AT(peermac), NULL},
	{"snapshot", TEXT, SOURCE_OPTIONAL, AT(snapshot), NULL},
	{"listen", TEXT, DESTINATION_ONLY, AT(listen), NULL},
	{"fenceopen", TEXT, DESTINATION_ONLY, AT(fenceopen), NULL},
};

static void *member(struct config *c, const struct field *f) { return (char *)c + f->offset; }

static void split(char **list, char *text) {
	size_t n = 0;
	for (char *part = strtok(text, ","); part && n < CONFIG_LIST - 1; part = strtok(NULL, ","))
		list[n++] = part;
}

static int number(const char *key, const char *value, long *out) {
	char *end;
	*out = strtol(value, &end, 10);
	if (end == value || *end || *out < 0)
		return failure("bad-config", "%s=%s is not a number; correct it in the driver's config", key, value);
	return 0;
}

static int set(struct config *c, const char *key, char *value) {
	long n;
	if (!strcmp(key, "epoch") || !strcmp(key, "sandboxpid") || !strcmp(key, "deadline") || !strcmp(key, "lastpid") || !strcmp(key, "bandwidth") || !strcmp(key, "owndump") || !strcmp(key, "answerwithin")) {
		if (number(key, value, &n))
			return -1;
		if (*key == 'e')
			c->epoch = (uint32_t)n;
		else if (*key == 's')
			c->sandboxpid = (pid_t)n;
		else if (*key == 'd')
			c->deadline = n;
		else if (*key == 'b')
			c->bandwidth = n;
		else if (*key == 'o')
			c->owndump = n;
		else if (*key == 'a')
			c->answerwithin = n;
		else
			c->lastpid = n;
		return 0;
	}
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (!strcmp(fields[i].name, key)) {
			if (fields[i].kind == LIST)
				split(member(c, &fields[i]), strdup(value));
			else if (*value)
				*(char **)member(c, &fields[i]) = strdup(value);
			return 0;
		}
	return failure("bad-config", "unknown key %s in the driver's config; remove it or use a driver that knows it", key);
}

static bool needed(enum need need, enum role role) {
	return need == BOTH || (need == SOURCE_ONLY && role == SOURCE) || (need == DESTINATION_ONLY && role == DESTINATION);
}

static int check(struct config *c, enum role role) {
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct field *f = &fields[i];
		char **value = member(c, f);
		if (f->kind == TEXT && !*value && f->standard)
			*value = strdup(f->standard);
		if (f->kind == TEXT && !*value && needed(f->need, role))
			return failure("bad-config", "%s is missing in the driver's config; add the line %s=…", f->name, f->name);
	}
	if (!c->epoch || !c->sandboxpid)
		return failure("bad-config", "epoch and sandboxpid must be given and above 0 in the driver's config");
	if (strcmp(c->strategy, "post-copy") && strcmp(c->strategy, "stop-and-copy"))
		return failure("bad-config", "strategy=%s is unknown; use post-copy or stop-and-copy", c->strategy);
	if (!config_post_copy(c) && !c->dumpdir)
		return failure("bad-config", "stop-and-copy needs dumpdir=…, a directory on disk for the final dump");
	if (c->owndump && (role != DESTINATION || config_post_copy(c)))
		return failure("bad-config", "owndump=1 is for a restore of stop-and-copy");
	if (role == DESTINATION && !c->deadline)
		return failure("bad-config", "deadline is missing in the driver's config; give the milliseconds until an uncommitted copy is discarded");
	return 0;
}

int config_read(struct config *c, const char *path, enum role role) {
	*c = (struct config){.answerwithin = ANSWER_WITHIN_MS};
	FILE *f = fopen(path, "re");
	if (!f)
		return failure_errno("bad-config", "cannot read the driver's config %s", path);
	char *line = NULL;
	size_t room = 0;
	int result = 0;
	while (!result && getline(&line, &room, f) >= 0) {
		line[strcspn(line, "\r\n")] = 0;
		char *equals = strchr(line, '=');
		if (!*line || *line == '#')
			continue;
		if (!equals) {
			result = failure("bad-config", "the line \"%s\" of the driver's config has no '='", line);
			break;
		}
		*equals = 0;
		result = set(c, line, equals + 1);
	}
	free(line);
	fclose(f);
	return result ? result : check(c, role);
}

bool config_post_copy(const struct config *c) { return !strcmp(c->strategy, "post-copy"); }

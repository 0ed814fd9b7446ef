#include "sent_pages.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 << 10 };

static bool is_before(const struct sent_page *p, uint64_t process, uint64_t address) {
	return p->process < process || (p->process == process && p->address < address);
}

bool sent_pages_same(struct sent_pages *s, uint64_t process, uint64_t address, const struct page_tag *tag) {
	while (s->cursor < s->before_count && is_before(&s->before[s->cursor], process, address))
		s->cursor++;
	if (s->cursor == s->before_count)
		return false;
	const struct sent_page *p = &s->before[s->cursor];
	if (p->process != process || p->address != address)
		return false;
	s->cursor++;
	return !memcmp(&p->tag, tag, sizeof *tag);
}

bool sent_pages_note(struct sent_pages *s, uint64_t process, uint64_t address, const struct page_tag *tag) {
	if (s->now_count == s->now_room) {
		size_t room = s->now_room ? 2 * s->now_room : FIRST_ROOM;
		struct sent_page *larger = realloc(s->now, room * sizeof *larger);
		if (!larger)
			return false;
		s->now = larger;
		s->now_room = room;
	}
	s->now[s->now_count++] = (struct sent_page){process, address, *tag};
	return true;
}

bool sent_pages_turn(struct sent_pages *s) {
	bool good = true;
	for (; good && s->cursor < s->before_count; s->cursor++) {
		const struct sent_page *p = &s->before[s->cursor];
		good = sent_pages_note(s, p->process, p->address, &p->tag);
	}
	free(s->before);
	s->before = s->now;
	s->before_count = s->now_count;
	s->now = NULL;
	s->now_count = s->now_room = s->cursor = 0;
	return good;
}

void sent_pages_free(struct sent_pages *s) {
	free(s->before);
	free(s->now);
	*s = (struct sent_pages){0};
}

// SPDX-License-Identifier: GPL-2.0
#include "port.h"

#include <string.h>

/* The bytes of the chunk that @head announces. */
static size_t chunk_size(const struct wire_head *head)
{
	size_t left = head->total - head->offset;

	return left < WIRE_CHUNK ? left : WIRE_CHUNK;
}

static bool is_head(const struct wire_head *head)
{
	return head->magic == WIRE_ASK && head->total <= WIRE_MAX_ASK &&
	       head->offset <= head->total;
}

/* Moves one chunk from @in to @request; false if there is none yet. */
static bool take_chunk(struct port *p)
{
	struct wire_head head;
	size_t size;

	while (p->in.len >= sizeof(head)) {
		memcpy(&head, p->in.data, sizeof(head));
		if (is_head(&head))
			break;
		buf_drop(&p->in, 1);
	}
	if (p->in.len < sizeof(head))
		return false;
	size = chunk_size(&head);
	if (p->in.len < sizeof(head) + size)
		return false;

	if (!head.offset)
		buf_reset(&p->request);
	if (!head.offset ||
	    (head.id == p->head.id && head.offset == p->request.len)) {
		p->head = head;
		buf_add(&p->request, p->in.data + sizeof(head), size);
	}
	buf_drop(&p->in, sizeof(head) + size);
	return true;
}

/* Whether a whole request is in @head and @request. */
bool port_next(struct port *p)
{
	while (take_chunk(p))
		if (p->request.len == p->head.total)
			return true;
	return false;
}

/* The connection broke: what follows begins anew. */
void port_reset(struct port *p)
{
	buf_reset(&p->in);
	buf_reset(&p->request);
}

void port_frame(struct buf *to, uint64_t id, bool down, const struct buf *reply)
{
	struct wire_head head = {
		.magic = WIRE_TELL,
		.down = down,
		.id = id,
		.total = reply->len,
	};

	buf_add(to, &head, sizeof(head));
	buf_add(to, reply->data, reply->len);
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port - the framing of RPCs, on the host's side; see wire.h
 *
 * The guest has one exchange under way at a time.  A request under the id of
 * the last one is the same request, sent again after the connection broke.
 */
#ifndef LAB_PORT_H
#define LAB_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "wire.h"

/* A request that is being put together from its chunks. */
struct port {
	struct buf in;
	struct wire_head head;
	struct buf request;
};

bool port_next(struct port *p);
void port_reset(struct port *p);
void port_frame(struct buf *to, uint64_t id, bool down, const struct buf *reply);

#endif

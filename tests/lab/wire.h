/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wire - how a GuestRPC travels over the virtio-serial port
 *
 * A request goes in chunks, each written by one write(), which virtio-serial
 * takes whole or not at all: a client killed half-way leaves whole chunks
 * behind, never half of one, and the chunk at offset 0 of the next request
 * makes an end of it.  A reply is one head and its text.  It repeats the
 * request's random id, by which a client knows its own reply from what an
 * earlier client, since killed, has left in the port.
 *
 * Little-endian, as both ends are x86.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stdint.h>

#define WIRE_ASK	0x3f584d56	/* VMX? */
#define WIRE_TELL	0x21584d56	/* VMX! */

/* WIRE_CHUNK - what a chunk holds at most: virtio-serial takes 32 KiB. */
#define WIRE_CHUNK	16384

/* WIRE_MAX_ASK - the longest request that the host takes. */
#define WIRE_MAX_ASK	(1024 * 1024)

/* WIRE_MAX_TELL - the longest reply that a client takes. */
#define WIRE_MAX_TELL	(64 * 1024 * 1024)

/**
 * struct wire_head - what stands before a chunk of a request, and a reply
 * @magic: WIRE_ASK or WIRE_TELL
 * @down: of a reply: the hypervisor does not carry the message at all
 * @id: the request's random id
 * @total: length of the whole request or reply
 * @offset: of a request: where in it this chunk belongs
 */
struct wire_head {
	uint32_t magic;
	uint32_t down;
	uint64_t id;
	uint32_t total;
	uint32_t offset;
};

#endif

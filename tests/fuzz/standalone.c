// SPDX-License-Identifier: GPL-2.0
/*
 * standalone [--rounds N] [--seed S] FILE... - runs a fuzz target without a
 * fuzzer: on each file, and on N mutilations of each, the same for a seed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SIZE_LIMIT	(256 * 1024)

/**
 * struct bytes - a file's
 * @data: with room for SIZE_LIMIT
 * @size: how many
 */
struct bytes {
	uint8_t *data;
	size_t size;
};

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return n ? state % n : 0;
}

static struct bytes load(const char *path)
{
	struct bytes b = { .data = malloc(SIZE_LIMIT) };
	FILE *f = fopen(path, "re");

	if (!f || !b.data) {
		perror(path);
		exit(2);
	}
	b.size = fread(b.data, 1, SIZE_LIMIT, f);
	fclose(f);
	return b;
}

/* In a place of its own, so that each byte too many is seen. */
static void run(const struct bytes *b)
{
	uint8_t *data = malloc(b->size ? b->size : 1);

	CHECK(data);
	memcpy(data, b->data, b->size);
	LLVMFuzzerTestOneInput(data, b->size);
	free(data);
}

static void cut(struct bytes *b, size_t at, size_t n)
{
	memmove(b->data + at, b->data + at + n, b->size - at - n);
	b->size -= n;
}

static void repeat(struct bytes *b, size_t at, size_t n)
{
	if (b->size + n > SIZE_LIMIT)
		return;
	memmove(b->data + at + n, b->data + at, b->size - at);
	b->size += n;
}

static void mutilate(struct bytes *b)
{
	static const uint8_t telling[] = "\0\xff\n\"\\%=;[{}0- ";
	size_t at = random_below(b->size), n = random_below(b->size - at);

	if (!b->size)
		return;
	switch (random_below(6)) {
	case 0:
		b->data[at] ^= (uint8_t)(1 << random_below(8));
		break;
	case 1:
		b->data[at] = (uint8_t)random_below(256);
		break;
	case 2:
		b->data[at] = telling[random_below(sizeof(telling) - 1)];
		break;
	case 3:
		cut(b, at, n < 16 ? n : random_below(16));
		break;
	case 4:
		repeat(b, at, n < 64 ? n : random_below(64));
		break;
	default:
		b->size = at;
		break;
	}
}

static void run_mutilated(const struct bytes *b, struct bytes *copy)
{
	size_t times = 1 + random_below(4);

	memcpy(copy->data, b->data, b->size);
	copy->size = b->size;
	while (times--)
		mutilate(copy);
	run(copy);
}

int main(int argc, char **argv)
{
	struct bytes b, copy = { .data = malloc(SIZE_LIMIT) };
	uint64_t rounds = 0, seed = 1, runs = 0;
	int i;

	CHECK(copy.data);
	for (i = 1; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 10);

		if (!strcmp(argv[i], "--rounds"))
			rounds = value;
		else if (!strcmp(argv[i], "--seed"))
			seed = value;
	}
	for (; i < argc; i++) {
		b = load(argv[i]);
		/* What it finds is found again with this file alone. */
		state = seed * 2654435761U + 88172645463325252U;
		run(&b);
		for (uint64_t n = 0; n < rounds; n++)
			run_mutilated(&b, &copy);
		runs += rounds + 1;
		free(b.data);
	}
	free(copy.data);
	printf("%" PRIu64 " inputs\n", runs);
	return runs ? 0 : 2;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What must hold, also in a build without assert(). */
#define CHECK(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

/**
 * fuzz_fail - end the program, as a finding
 * @condition: what does not hold
 * @file: where
 * @line: where
 */
void fuzz_fail(const char *condition, const char *file, int line)
	__attribute__((noreturn));

/**
 * fuzz_file - a file with these bytes
 * @data: the bytes
 * @size: how many
 *
 * Return: its name, good until the next call.
 */
const char *fuzz_file(const void *data, size_t size);

/**
 * fuzz_is_clean - can this be printed on a line?
 * @text: the text
 *
 * Return: true for UTF-8 without control characters.
 */
bool fuzz_is_clean(const char *text);

/**
 * LLVMFuzzerTestOneInput - a target: what libFuzzer and standalone.c call
 * @data: the bytes, with nothing behind them that may be read
 * @size: how many
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_H */

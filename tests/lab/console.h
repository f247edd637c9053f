/* SPDX-License-Identifier: GPL-2.0 */
/*
 * console - the guest's serial console, in this terminal
 *
 * Both hosts' consoles are listened to, as soon as there is one: so that not
 * a word is lost when the guest goes from one to the other.  What is typed
 * goes to where the guest is.
 */
#ifndef LAB_CONSOLE_H
#define LAB_CONSOLE_H

/* CONSOLE_LEAVE - what is typed to leave: Ctrl-] */
#define CONSOLE_LEAVE	0x1d

/**
 * console_run - until it is left, or no machine runs any more
 *
 * Return: the exit status: 0 if it was left, 1 if the machine ended, 2 if it
 * cannot begin.
 */
int console_run(void);

#endif

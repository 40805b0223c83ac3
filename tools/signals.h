/* SPDX-License-Identifier: BSD-2-Clause
 * Ctrl-C at any moment, and never a file that is half written or left over. */
#ifndef ECAM_TOOLS_SIGNALS_H
#define ECAM_TOOLS_SIGNALS_H

/* Opens what is closed of the three standard streams, ignores SIGPIPE (a write
 * tells), and lets SIGINT, SIGTERM and SIGHUP end the program as below. Once, at
 * the start. */
void signals_begin(void);

/* Between the two, a signal waits: a file is being written and renamed. Outside,
 * it ends the program at once, in the way that a shell sees as 128 + its number. */
void signals_hold(void);
void signals_release(void);

#endif /* ECAM_TOOLS_SIGNALS_H */

/* SPDX-License-Identifier: BSD-2-Clause
 * Ctrl-C at any moment, and never a file that is half written or left over. */
#ifndef ECAM_TOOLS_SIGNALS_H
#define ECAM_TOOLS_SIGNALS_H

/* Opens what is closed of the three standard streams, ignores SIGPIPE (a write
 * tells), and lets SIGINT, SIGTERM and SIGHUP end the program: at once, without the
 * temporary files of tools/file.h, in the way that a shell sees as 128 + the
 * signal's number. Once, at the start. */
void signals_begin(void);

/* Between the two a signal waits: the library is writing a file of its own. They do
 * not nest. */
void signals_hold(void);
void signals_release(void);

#endif /* ECAM_TOOLS_SIGNALS_H */

/* SPDX-License-Identifier: BSD-2-Clause
 * The one place where an error text is made. */
#ifndef ECAM_ERROR_H
#define ECAM_ERROR_H

#include "engine/common.h"
#include "engine/ecam.h"

/* Writes the text where the failure is known, and returns the status, so that a
 * caller can pass it on: `return ecam_fail(err, ECAM_ERR_FORMAT, "...", ...)`. */
enum ecam_status ecam_fail(struct ecam_error *err, enum ecam_status status, const char *fmt, ...)
    ECAM_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* sees one file at a time: show it that the status comes back */
#define ecam_fail(err, status, ...) ((ecam_fail)(err, status, __VA_ARGS__), (status))
#endif

/* Puts "PLACE: " before the text; for the one caller that knows the file's name.
 * Long places lose their beginning. Returns err->status (or `status`, err NULL). */
enum ecam_status ecam_error_at(struct ecam_error *err, enum ecam_status status, const char *place);

#endif /* ECAM_ERROR_H */

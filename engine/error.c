/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_PLACE 160 /* leaves most of the text for what went wrong */

const char *ecam_status_name(enum ecam_status status)
{
    switch (status) {
    case ECAM_OK:
        return "ECAM_OK";
    case ECAM_ERR_ARG:
        return "ECAM_ERR_ARG";
    case ECAM_ERR_NOMEM:
        return "ECAM_ERR_NOMEM";
    case ECAM_ERR_IO:
        return "ECAM_ERR_IO";
    case ECAM_ERR_FORMAT:
        return "ECAM_ERR_FORMAT";
    case ECAM_ERR_UNSUPPORTED:
        return "ECAM_ERR_UNSUPPORTED";
    case ECAM_ERR_SHAPE:
        return "ECAM_ERR_SHAPE";
    case ECAM_ERR_LIMIT:
        return "ECAM_ERR_LIMIT";
    case ECAM_ERR_ISA:
        return "ECAM_ERR_ISA";
    case ECAM_ERR_NAME:
        return "ECAM_ERR_NAME";
    }
    return "unknown status";
}

enum ecam_status(ecam_fail)(struct ecam_error *err, enum ecam_status status, const char *fmt, ...)
{
    if (err != NULL) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        /* Texts quote names from hostile files: a terminal must not act on them. */
        for (char *c = err->text; *c != '\0'; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                *c = '?';
        err->status = status;
    }
    return status;
}

enum ecam_status ecam_error_at(struct ecam_error *err, enum ecam_status status, const char *place)
{
    if (err == NULL)
        return status;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    const size_t len = strlen(place);
    const bool is_long = len > MAX_PLACE;
    return ecam_fail(err, err->status, "%s%s: %s", is_long ? "..." : "",
                     is_long ? place + (len - MAX_PLACE) : place, old);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 1e7 /* beyond any picture's side */

void eval_lines_begin(struct eval_lines *lines, const uint8_t *bytes, size_t size)
{
    lines->at = bytes;
    lines->end = bytes + size;
    lines->number = 0;
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        lines->at += 3;
}

/* Blanks of a line, for the ends too: "\r\n" leaves a '\r'. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool eval_lines_next(struct eval_lines *lines)
{
    while (lines->at < lines->end) {
        const size_t left = (size_t)(lines->end - lines->at);
        const uint8_t *newline = memchr(lines->at, '\n', left);
        const size_t n = newline == NULL ? left : (size_t)(newline - lines->at);
        const size_t kept = n < EVAL_LINE_BYTES ? n : EVAL_LINE_BYTES - 1;
        memcpy(lines->text, lines->at, kept);
        lines->text[kept] = '\0';
        lines->is_long = kept < n || strlen(lines->text) < kept;
        lines->at += n + (newline != NULL);
        lines->number++;
        for (const char *c = lines->text; *c != '\0'; c++)
            if (!is_blank(*c))
                return true;
        if (lines->is_long)
            return true;
    }
    return false;
}

char *eval_word(char **at)
{
    char *word = *at;
    while (is_blank(*word))
        word++;
    if (*word == '\0')
        return NULL;
    char *end = word;
    while (*end != '\0' && !is_blank(*end))
        end++;
    *at = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

bool eval_number(const char *word, double *out)
{
    char *end;
    if (word == NULL || strspn(word, "0123456789.eE+-") != strlen(word) || word[0] == '\0')
        return false;
    const double value = strtod(word, &end);
    if (*end != '\0' || !(fabs(value) <= MAX_NUMBER))
        return false;
    *out = value;
    return true;
}

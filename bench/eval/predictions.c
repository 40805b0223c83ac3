/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/eval/predictions.h"

#include <string.h>

#include "bench/eval/ilsvrc.h"
#include "bench/eval/lines.h"
#include "engine/alloc.h"
#include "engine/error.h"

void eval_predictions_free(struct eval_predictions *predictions)
{
    ecam_free(predictions->guess);
    ecam_free(predictions->n_guesses);
    *predictions = (struct eval_predictions){ 0 };
}

static bool read_class(const char *word, bool is_index, size_t *out)
{
    double number;
    if (eval_ilsvrc_from_wnid(word, out))
        return true;
    if (!eval_number(word, &number) || number < 0 || number != (double)(size_t)number)
        return false;
    if (!is_index)
        return eval_ilsvrc_from_id((size_t)number, out);
    *out = (size_t)number;
    return *out < EVAL_ILSVRC_CLASSES;
}

static enum ecam_status read_line(struct eval_predictions *p, struct eval_lines *line,
                                  bool is_index, struct ecam_error *err)
{
    char *at = line->text, *word;
    size_t n = 0;
    if (!ecam_reserve((void **)&p->guess, &p->cap, p->n, sizeof *p->guess) ||
        !ecam_reserve((void **)&p->n_guesses, &p->cap_n, p->n, sizeof *p->n_guesses))
        return ecam_fail(err, ECAM_ERR_NOMEM, "predictions for %zu images", p->n);
    while ((word = eval_word(&at)) != NULL) {
        struct eval_guess guess;
        double v[4];
        if (n == EVAL_GUESSES)
            return ecam_fail(err, ECAM_ERR_FORMAT, "line %zu: more than %d boxes", line->number,
                             EVAL_GUESSES);
        if (!read_class(word, is_index, &guess.class_index))
            return ecam_fail(err, ECAM_ERR_FORMAT, "line %zu: label '%.20s', expected %s",
                             line->number, word,
                             is_index ? "0 to 999 or a WNID" : "1 to 1000 or a WNID");
        for (int i = 0; i < 4; i++)
            if (!eval_number(eval_word(&at), &v[i]))
                return ecam_fail(err, ECAM_ERR_FORMAT,
                                 "line %zu: after label %.20s expected x0 y0 x1 y1", line->number,
                                 word);
        guess.box = (struct eval_box){ v[0], v[1], v[2], v[3] };
        p->guess[p->n][n++] = guess;
    }
    if (line->is_long)
        return ecam_fail(err, ECAM_ERR_FORMAT, "line %zu: too long", line->number);
    p->n_guesses[p->n++] = (uint8_t)n;
    p->most_guesses = ecam_max_size(p->most_guesses, n);
    return ECAM_OK;
}

enum ecam_status eval_predictions_parse(const uint8_t *bytes, size_t size, bool is_index,
                                        struct eval_predictions *out, struct ecam_error *err)
{
    struct eval_predictions p = { 0 };
    enum ecam_status status = ECAM_OK;
    struct eval_lines *line = ecam_alloc(sizeof *line);
    if (line == NULL)
        return ecam_fail(err, ECAM_ERR_NOMEM, "a line of predictions");
    eval_lines_begin(line, bytes, size);
    while (status == ECAM_OK && eval_lines_next(line))
        status = read_line(&p, line, is_index, err);
    ecam_free(line);
    if (status == ECAM_OK)
        *out = p;
    else
        eval_predictions_free(&p);
    return status;
}

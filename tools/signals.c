/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/signals.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "engine/common.h"
#include "tools/file.h"

/* A signal may arrive on any thread, so that masking it in one does not help. The
 * state says who may go on: the handler ends the program from IDLE only, and
 * nobody begins what is HELD once it is ENDING. */
enum { IDLE, HELD, ENDING };
static atomic_int state = IDLE;
static atomic_int waiting = 0; /* the signal that came while HELD */

static void end_by(int sig)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    sigset_t set;
    file_writer_cleanup_on_signal();
    sigaction(sig, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
    _exit(128 + sig);
}

static void on_signal(int sig)
{
    int was = IDLE;
    if (atomic_compare_exchange_strong(&state, &was, ENDING))
        end_by(sig);
    if (was == HELD)
        atomic_store(&waiting, sig);
}

void signals_begin(void)
{
    /* A stream that was closed would be the first file we open. The stand-ins fail
     * when used: reading what is opened for writing, and the other way round. */
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == -1)
            _exit(1);

    static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = SIG_IGN };
    sigemptyset(&action.sa_mask);
    sigaction(SIGPIPE, &action, NULL);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (size_t i = 0; i < ECAM_ARRAY_LEN(ends); i++) {
        struct sigaction old;
        /* nohup, and a shell's background jobs, ignore some: that stays. */
        if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
    }
}

void signals_hold(void)
{
    int was = IDLE;
    const bool is_held = atomic_compare_exchange_strong(&state, &was, HELD);
    assert(is_held || was == ENDING); /* does not nest */
    while (!is_held)
        pause(); /* another thread's handler is ending the program */
}

void signals_release(void)
{
    atomic_store(&state, IDLE);
    const int sig = atomic_load(&waiting);
    if (sig != 0)
        end_by(sig);
}

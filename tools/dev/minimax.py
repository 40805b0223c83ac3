#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The polynomials of layers/kernels/unary.h, by Remez's exchange algorithm: of all
polynomials of their degree, those whose largest error, relative to the function that
they are used in, is smallest. Prints the coefficients as floats, lowest first, and the
error that is left after they were rounded.

    tools/dev/minimax.py          (needs mpmath)"""
import struct

from mpmath import erf, erfc, exp, expm1, log, lu_solve, matrix, mp, mpf, pi, cos, sqrt

mp.dps = 50
GRID = 3000


def to_float(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def horner(c, x):
    y = mpf(0)
    for a in reversed(c):
        y = y * x + a
    return y


def minimax(f, weight, low, high, degree):
    """Coefficients of the P that makes the largest |weight * (P - f)| smallest."""
    low, high = mpf(low), mpf(high)
    n = degree + 2
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / GRID) for i in range(GRID + 1)]
    values = [(f(x), weight(x)) for x in grid]
    at = [round(i * GRID / (n - 1)) for i in range(n)]
    for _ in range(30):
        a, b = matrix(n, n), matrix(n, 1)
        for i, k in enumerate(at):
            for j in range(degree + 1):
                a[i, j] = grid[k] ** j
            a[i, degree + 1] = (-1) ** i / values[k][1]
            b[i] = values[k][0]
        solution = lu_solve(a, b)
        c = list(solution[:degree + 1])
        error = [w * (horner(c, x) - v) for x, (v, w) in zip(grid, values)]
        # The largest error of each stretch of one sign.
        peaks = [0]
        for i in range(1, GRID + 1):
            if (error[i] > 0) == (error[peaks[-1]] > 0):
                if abs(error[i]) > abs(error[peaks[-1]]):
                    peaks[-1] = i
            else:
                peaks.append(i)
        while len(peaks) > n:
            peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
        if len(peaks) < n or peaks == at:
            break
        at = peaks
    rounded = [mpf(to_float(x)) for x in c]
    worst = max(abs(w * (horner(rounded, x) - v)) for x, (v, w) in zip(grid, values))
    return rounded, max(map(abs, error)), worst


def show(name, result):
    c, ideal, worst = result
    print("%s: error %.2g, with rounded coefficients %.2g" % (name, float(ideal), float(worst)))
    for x in c:
        print("    %.9gf" % float(x))


def main():
    half = log(2) / 2
    tiny = mpf(10) ** -12

    # exp(r) - 1 = r + r^2 q(r), relative to exp(r) - 1
    def q(r):
        return (expm1(r) - r) / r ** 2 if abs(r) > tiny else mpf(1) / 2
    show("expm1", minimax(q, lambda r: abs(r ** 2 / expm1(r)) if r != 0 else mpf(0) + tiny,
                          -half - 1e-4, half + 1e-4, 4))

    # erf(x) = x + x p(x^2), relative to erf
    def p(z):
        return erf(sqrt(z)) / sqrt(z) - 1 if z > tiny else 2 / sqrt(pi) - 1
    show("erf", minimax(p, lambda z: 1 / (1 + p(z)), 0, 1, 6))

    # The normal distribution's tail: exp(-a^2 / 2) s g(s), s = 1 / (1 + a / 4): relative
    def tail(s):
        a = (1 / s - 1) * 4
        return erfc(a / sqrt(mpf(2))) / 2 * exp(a * a / 2) / s
    for degree in (7, 8, 9):
        show("tail %d" % degree, minimax(tail, lambda s: 1 / tail(s), 1 / (1 + mpf(15) / 4), 1,
                                         degree))


if __name__ == "__main__":
    main()

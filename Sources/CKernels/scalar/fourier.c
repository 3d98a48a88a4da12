// Mixed-radix real Fourier transform after Stockham: every pass reads one buffer and writes the other in order, so no
// reordering of indices is needed. One number here is four doubles, one of each lane: the compiler makes them whatever vector
// registers it may assume.
#include "fourier.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PASSES = 16, MAX_POINTS = 65536 };

typedef double lanes __attribute__((vector_size(PK_LANES * sizeof(double)), aligned(8), may_alias));

struct pk_fourier {
    int points;          // of the real signal
    int complex_points;  // of the inner transform: points / 2 when points is even (pairs of samples as complex numbers)
    int passes;
    int radix[MAX_PASSES];
    double *cos, *sin;              // [complex_points]: of 2 pi k / complex_points
    double *split_cos, *split_sin;  // [complex_points + 1]: of 2 pi k / points, for taking the pairs apart
};

// ---------------------------------------------------------------------------------------------- plan
static double *table(int count, int period, double (*function)(double)) {
    double *t = malloc(sizeof(double) * (size_t)count);
    if (!t) return NULL;
    for (int k = 0; k < count; k++) t[k] = function(2 * M_PI * k / period);
    return t;
}

/// Factors 5, 4, 3, 2 of n into radix; the number of factors, or 0 if another prime is left over.
static int factor(int n, int *radix) {
    static const int primes[] = {5, 4, 3, 2};
    int passes = 0;
    for (int i = 0; i < 4; i++)
        while (n % primes[i] == 0) {
            radix[passes++] = primes[i];
            n /= primes[i];
        }
    return n == 1 ? passes : 0;
}

pk_fourier *pk_fourier_create(int points) {
    if (points < 2 || points > MAX_POINTS) return NULL;
    pk_fourier *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->points = points;
    p->complex_points = points % 2 ? points : points / 2;
    p->passes = factor(p->complex_points, p->radix);
    p->cos = table(p->complex_points, p->complex_points, cos);
    p->sin = table(p->complex_points, p->complex_points, sin);
    p->split_cos = table(p->complex_points + 1, points, cos);
    p->split_sin = table(p->complex_points + 1, points, sin);
    int factored = p->passes > 0 || p->complex_points == 1;
    if (!factored || !p->cos || !p->sin || !p->split_cos || !p->split_sin) {
        pk_fourier_destroy(p);
        return NULL;
    }
    return p;
}

void pk_fourier_destroy(pk_fourier *p) {
    if (!p) return;
    free(p->cos);
    free(p->sin);
    free(p->split_cos);
    free(p->split_sin);
    free(p);
}

int pk_fourier_bins(const pk_fourier *p) { return p->points / 2 + 1; }

long pk_fourier_scratch(const pk_fourier *p) { return 4L * p->complex_points * PK_LANES; }

// ---------------------------------------------------------------------------------------------- passes
// A pass of radix r over s interleaved transforms of n = r * m numbers, number p of transform t being x[p * s + t]:
// y[r p + j] = w^(p j) * sum over k of x[p + m k] exp(-2 pi i j k / r), w = exp(-2 pi i / n), for p < m, j < r.
typedef struct {
    const lanes *xr, *xi;
    lanes *yr, *yi;
    long m, s;
} pass;

#define IN(k) const lanes *ar##k = a.xr + (p + a.m * k) * a.s, *ai##k = a.xi + (p + a.m * k) * a.s
#define OUT(r, j) lanes *br##j = a.yr + (r * p + j) * a.s, *bi##j = a.yi + (r * p + j) * a.s
// w^(p j): the table's period is n * s
#define TWIDDLE(j) const double c##j = f->cos[p * j * a.s], s##j = f->sin[p * j * a.s]
// multiplies by c - i s
#define STORE(j, r, i)                        \
    do {                                      \
        lanes r_ = (r), i_ = (i);             \
        br##j[t] = r_ * c##j + i_ * s##j;     \
        bi##j[t] = i_ * c##j - r_ * s##j;     \
    } while (0)

static void radix2(const pk_fourier *f, pass a) {
    for (long p = 0; p < a.m; p++) {
        IN(0); IN(1);
        OUT(2, 0); OUT(2, 1);
        TWIDDLE(1);
        for (long t = 0; t < a.s; t++) {
            br0[t] = ar0[t] + ar1[t];
            bi0[t] = ai0[t] + ai1[t];
            STORE(1, ar0[t] - ar1[t], ai0[t] - ai1[t]);
        }
    }
}

static void radix3(const pk_fourier *f, pass a) {
    const double h = 0.86602540378443864676;  // sin(2 pi / 3)
    for (long p = 0; p < a.m; p++) {
        IN(0); IN(1); IN(2);
        OUT(3, 0); OUT(3, 1); OUT(3, 2);
        TWIDDLE(1); TWIDDLE(2);
        for (long t = 0; t < a.s; t++) {
            lanes sr = ar1[t] + ar2[t], si = ai1[t] + ai2[t];
            lanes dr = h * (ar1[t] - ar2[t]), di = h * (ai1[t] - ai2[t]);
            lanes er = ar0[t] - 0.5 * sr, ei = ai0[t] - 0.5 * si;
            br0[t] = ar0[t] + sr;
            bi0[t] = ai0[t] + si;
            STORE(1, er + di, ei - dr);
            STORE(2, er - di, ei + dr);
        }
    }
}

static void radix4(const pk_fourier *f, pass a) {
    for (long p = 0; p < a.m; p++) {
        IN(0); IN(1); IN(2); IN(3);
        OUT(4, 0); OUT(4, 1); OUT(4, 2); OUT(4, 3);
        TWIDDLE(1); TWIDDLE(2); TWIDDLE(3);
        for (long t = 0; t < a.s; t++) {
            lanes er = ar0[t] + ar2[t], ei = ai0[t] + ai2[t];
            lanes fr = ar0[t] - ar2[t], fi = ai0[t] - ai2[t];
            lanes gr = ar1[t] + ar3[t], gi = ai1[t] + ai3[t];
            lanes hr = ar1[t] - ar3[t], hi = ai1[t] - ai3[t];
            br0[t] = er + gr;
            bi0[t] = ei + gi;
            STORE(1, fr + hi, fi - hr);
            STORE(2, er - gr, ei - gi);
            STORE(3, fr - hi, fi + hr);
        }
    }
}

static void radix5(const pk_fourier *f, pass a) {
    const double u1 = 0.30901699437494742410, u2 = -0.80901699437494742410;  // cos(2 pi / 5), cos(4 pi / 5)
    const double v1 = 0.95105651629515357212, v2 = 0.58778525229247312917;   // sin(2 pi / 5), sin(4 pi / 5)
    for (long p = 0; p < a.m; p++) {
        IN(0); IN(1); IN(2); IN(3); IN(4);
        OUT(5, 0); OUT(5, 1); OUT(5, 2); OUT(5, 3); OUT(5, 4);
        TWIDDLE(1); TWIDDLE(2); TWIDDLE(3); TWIDDLE(4);
        for (long t = 0; t < a.s; t++) {
            lanes pr = ar1[t] + ar4[t], pi = ai1[t] + ai4[t], qr = ar1[t] - ar4[t], qi = ai1[t] - ai4[t];
            lanes gr = ar2[t] + ar3[t], gi = ai2[t] + ai3[t], hr = ar2[t] - ar3[t], hi = ai2[t] - ai3[t];
            lanes er = ar0[t] + u1 * pr + u2 * gr, ei = ai0[t] + u1 * pi + u2 * gi;
            lanes kr = ar0[t] + u2 * pr + u1 * gr, ki = ai0[t] + u2 * pi + u1 * gi;
            lanes mr = v1 * qr + v2 * hr, mi = v1 * qi + v2 * hi;
            lanes nr = v2 * qr - v1 * hr, ni = v2 * qi - v1 * hi;
            br0[t] = ar0[t] + pr + gr;
            bi0[t] = ai0[t] + pi + gi;
            STORE(1, er + mi, ei - mr);
            STORE(4, er - mi, ei + mr);
            STORE(2, kr + ni, ki - nr);
            STORE(3, kr - ni, ki + nr);
        }
    }
}

/// Transforms z = [re | im] in place of one of two buffers; returns the buffer that holds the result.
static lanes *complex_transform(const pk_fourier *f, lanes *z, lanes *other) {
    long size = f->complex_points, n = f->complex_points, s = 1;
    for (int i = 0; i < f->passes; i++) {
        int r = f->radix[i];
        pass a = {z, z + size, other, other + size, n / r, s};
        if (r == 2) radix2(f, a);
        if (r == 3) radix3(f, a);
        if (r == 4) radix4(f, a);
        if (r == 5) radix5(f, a);
        n /= r;
        s *= r;
        lanes *swap = z;
        z = other;
        other = swap;
    }
    return z;
}

// ---------------------------------------------------------------------------------------------- real signals
/// An odd number of points: the samples are the real parts of a complex transform as long as the signal.
static void transform_odd(const pk_fourier *f, const lanes *x, lanes *re, lanes *im, lanes *scratch) {
    long size = f->points;
    for (long t = 0; t < size; t++) {
        scratch[t] = x[t];
        scratch[size + t] = (lanes){0};
    }
    const lanes *z = complex_transform(f, scratch, scratch + 2 * size);
    for (long k = 0; k < pk_fourier_bins(f); k++) {
        re[k] = z[k];
        im[k] = z[size + k];
    }
}

/// An even number: samples 2 t and 2 t + 1 are one complex number, whose transform Z gives
/// X[k] = (Z[k] + Z*[h - k]) / 2 - i / 2 exp(-2 pi i k / points) (Z[k] - Z*[h - k]), h = points / 2.
static void transform_even(const pk_fourier *f, const lanes *x, lanes *re, lanes *im, lanes *scratch) {
    long h = f->complex_points;
    for (long t = 0; t < h; t++) {
        scratch[t] = x[2 * t];
        scratch[h + t] = x[2 * t + 1];
    }
    const lanes *zr = complex_transform(f, scratch, scratch + 2 * h), *zi = zr + h;
    for (long k = 0; k <= h; k++) {
        long a = k % h, b = (h - k) % h;
        double c = f->split_cos[k], s = f->split_sin[k];
        lanes er = 0.5 * (zr[a] + zr[b]), ei = 0.5 * (zi[a] - zi[b]);
        lanes dr = 0.5 * (zi[a] + zi[b]), di = 0.5 * (zr[b] - zr[a]);
        re[k] = er + c * dr + s * di;
        im[k] = ei + c * di - s * dr;
    }
}

void pk_fourier_transform(const pk_fourier *f, const double *x, double *re, double *im, double *scratch) {
    (f->points % 2 ? transform_odd : transform_even)(f, (const lanes *)x, (lanes *)re, (lanes *)im, (lanes *)scratch);
}

// Functions over single numbers and rows, for vectors of LANES floats (see lanes.h).
#include "mathematics.h"

#include <math.h>

static void add(float *y, const float *x, long n) {
    for (long i = 0; i < n; i += LANES) put(y + i, take(y + i, n - i) + take(x + i, n - i), n - i);
}

static void halve(const float *x, long n, uint16_t *y) {
    for (long i = 0; i < n; i += LANES) put_halved(y + i, take(x + i, n - i), n - i);
}

static void swiglu(const float *gate, const float *up, long n, float *out) {
    for (long i = 0; i < n; i += LANES) put(out + i, silu(take(gate + i, n - i)) * take(up + i, n - i), n - i);
}

static void activate(float *x, long n, pk_epilogue kind) {
    for (long i = 0; i < n; i += LANES) put(x + i, activated(take(x + i, n - i), kind), n - i);
}

static float dot(const float *a, const float *b, long n) {
    floats part[4] = {all(0), all(0), all(0), all(0)};
    long i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        UNROLL for (int k = 0; k < 4; k++) part[k] = fma_(load(a + i + k * LANES), load(b + i + k * LANES), part[k]);
    for (; i < n; i += LANES) part[0] = fma_(take(a + i, n - i), take(b + i, n - i), part[0]);
    return sum((part[0] + part[1]) + (part[2] + part[3]));
}

/// The largest number that is one, -inf if there is none.
static float largest_of(const float *x, long n) {
    floats best = all(-INFINITY);
    long i = 0;
    for (; i + LANES <= n; i += LANES) best = larger(load(x + i), best);
    float top = largest(best);
    for (; i < n; i++) top = x[i] > top ? x[i] : top;
    return top;
}

static long argmax(const float *x, long n) {
    float top = largest_of(x, n);
    for (long i = 0; i < n; i++)
        if (x[i] == top) return i;
    return 0;
}

static void softmax(float *x, long n) {
    floats top = all(largest_of(x, n)), mass = all(0);
    for (long i = 0; i < n; i += LANES) {
        floats e = exponential(take(x + i, n - i) - top);
        put(x + i, e, n - i);
        mass += take(x + i, n - i);  // read again: lanes beyond the end count as zero
    }
    float inverse = 1 / sum(mass);
    for (long i = 0; i < n; i += LANES) put(x + i, take(x + i, n - i) * inverse, n - i);
}

static void rope_halves(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin) {
    int half = hd / 2;
    for (int i = 0; i < m; i++)
        for (int h = 0; h < heads; h++) {
            float *lower = x + i * ld + h * hd, *upper = lower + half;
            for (int j = 0; j < half; j += LANES) {
                long left = half - j, at = (long)i * half + j;
                floats c = take(cos + at, left), s = take(sin + at, left), a = take(lower + j, left), b = take(upper + j, left);
                put(lower + j, a * c - b * s, left);
                put(upper + j, b * c + a * s, left);
            }
        }
}

/// Each number beside itself: the lower or the upper half of the lanes.
INLINE floats doubled(floats v, int upper) {
    floats out;
    UNROLL for (int k = 0; k < LANES; k++) out[k] = v[(upper ? LANES / 2 : 0) + k / 2];
    return out;
}

/// Neighbours swapped, the new first of each pair negative: (x0, x1) -> (-x1, x0).
INLINE floats turned(floats v) {
    floats out;
    UNROLL for (int k = 0; k < LANES; k++) out[k] = k % 2 ? v[k - 1] : -v[k + 1];
    return out;
}

static void rope_pairs(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin) {
    int half = hd / 2;
    for (int i = 0; i < m; i++)
        for (int h = 0; h < heads; h++) {
            float *v = x + i * ld + h * hd;
            for (int j = 0; j < half; j += LANES) {
                floats c = take(cos + (long)i * half + j, half - j), s = take(sin + (long)i * half + j, half - j);
                for (int upper = 0; upper < 2; upper++) {
                    long at = 2 * j + upper * LANES, left = 2 * half - at;
                    if (left <= 0) break;
                    floats a = take(v + at, left);
                    put(v + at, fma_(turned(a), doubled(s, upper), a * doubled(c, upper)), left);
                }
            }
        }
}

void LEVEL(install_elements)(pk_kernels *table) {
    table->add = add;
    table->halve = halve;
    table->swiglu = swiglu;
    table->activate = activate;
    table->dot = dot;
    table->argmax = argmax;
    table->softmax = softmax;
    table->rope_halves = rope_halves;
    table->rope_pairs = rope_pairs;
}

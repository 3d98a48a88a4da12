// Norms and gates over rows, for vectors of LANES floats (see lanes.h). Every sum runs over the lanes of one row in one order,
// so a row's result depends on that row alone.
#include "mathematics.h"

#include <math.h>

/// Mean and 1 / sqrt(variance + eps) of a row.
typedef struct { float mean, inverse; } row_moments;

INLINE row_moments moments(const float *x, int d, float eps) {
    floats total = all(0), squares = all(0);
    for (int c = 0; c < d; c += LANES) total += take(x + c, d - c);
    float mean = sum(total) / (float)d;
    int c = 0;
    for (; c + LANES <= d; c += LANES) {
        floats v = load(x + c) - mean;
        squares = fma_(v, v, squares);
    }
    if (c < d) {
        floats v = where(lane_numbers() < d - c, take(x + c, d - c) - mean, all(0));
        squares = fma_(v, v, squares);
    }
    return (row_moments){mean, 1 / sqrtf(sum(squares) / (float)d + eps)};
}

static void layer_norm(const float *x, int m, int d, const float *w, const float *b, float eps, float *y) {
    for (int i = 0; i < m; i++, x += d, y += d) {
        row_moments row = moments(x, d, eps);
        for (int c = 0; c < d; c += LANES) {
            floats v = (take(x + c, d - c) - row.mean) * row.inverse;
            if (w) v *= take(w + c, d - c);
            if (b) v += take(b + c, d - c);
            put(y + c, v, d - c);
        }
    }
}

static void rms_norm(const float *x, int m, int d, const float *w, float eps, float *y) {
    for (int i = 0; i < m; i++, x += d, y += d) {
        floats squares = all(0);
        for (int c = 0; c < d; c += LANES) squares = fma_(take(x + c, d - c), take(x + c, d - c), squares);
        float inverse = 1 / sqrtf(sum(squares) / (float)d + eps);
        for (int c = 0; c < d; c += LANES) put(y + c, take(x + c, d - c) * inverse * take(w + c, d - c), d - c);
    }
}

static void adaptive_norm(const float *x, int m, int d, const float *scale, const float *shift, long ld, int repeat,
                          float eps, float *y) {
    for (int i = 0; i < m; i++, x += d, y += d) {
        row_moments row = moments(x, d, eps);
        const float *s = scale + i / repeat * ld, *t = shift + i / repeat * ld;
        for (int c = 0; c < d; c += LANES) {
            floats v = (take(x + c, d - c) - row.mean) * row.inverse;
            put(y + c, fma_(v, 1.0f + take(s + c, d - c), take(t + c, d - c)), d - c);
        }
    }
}

static void gated_add(float *h, const float *y, int m, int d, const float *gate, long ld, int repeat) {
    for (int i = 0; i < m; i++, h += d, y += d) {
        const float *g = gate + i / repeat * ld;
        for (int c = 0; c < d; c += LANES)
            put(h + c, fma_(take(g + c, d - c), take(y + c, d - c), take(h + c, d - c)), d - c);
    }
}

void LEVEL(install_norms)(pk_kernels *table) {
    table->layer_norm = layer_norm;
    table->rms_norm = rms_norm;
    table->adaptive_norm = adaptive_norm;
    table->gated_add = gated_add;
}

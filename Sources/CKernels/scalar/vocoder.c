// The vocoder's layers (spec 11): convolutions over time and the anti-aliased snake; rows are [time, channels].
#include "scalar.h"

#include <math.h>
#include <string.h>

void pk_scalar_convolution(const pk_convolution *c) {
    for (long t = 0; t < c->rows; t++)
        for (int o = 0; o < c->outputs; o++) {
            const float *w = c->panels + (long)(o / 16) * c->taps * c->inputs * 16 + o % 16;
            float sum = (c->add ? c->y[t * c->ldy + o] : 0) + (c->bias ? c->bias[o] : 0);
            for (int k = 0; k < c->taps; k++)
                for (int i = 0; i < c->inputs; i++, w += 16) sum += c->x[(t + (long)k * c->dilation) * c->ldx + i] * *w;
            c->y[t * c->ldy + o] = sum;
        }
}

static inline long clamp(long t, long low, long high) { return t < low ? low : t > high ? high : t; }

/// Sample 2 t + odd of one channel at twice the rate, after the snake. x is the channel at row 0; t is a row of the signal.
static float snake_at(const pk_snake *s, int channel, long t, int odd) {
    float sum = 0;
    for (int i = 0; i < 6; i++) {
        long row = clamp(t - 3 + odd + i, -s->before, s->after - 1);
        sum += s->x[row * s->ldx + channel] * s->up[11 - odd - 2 * i];
    }
    float v = 2 * sum, sine = sinf(s->a[channel] * v);
    return v + sine * sine * s->inverse_b[channel];
}

void pk_scalar_snake(const pk_snake *s) {
    long first = -s->before, last = s->after - 1;
    for (long t = 0; t < s->rows; t++)
        for (int c = 0; c < s->channels; c++) {
            float sum = 0;
            for (int i = 0; i < 6; i++) {
                // Beyond the ends the doubled signal is continued too: with its first and its last sample.
                long o = t - 3 + i, e = t - 2 + i;
                float odd = o < first ? snake_at(s, c, first, 0) : snake_at(s, c, o > last ? last : o, 1);
                float even = e > last ? snake_at(s, c, last, 1) : snake_at(s, c, e < first ? first : e, 0);
                sum += odd * s->down[2 * i] + even * s->down[2 * i + 1];
            }
            s->y[t * s->ldy + c] = sum;
        }
}

/// Element `at` of the stored numbers.
static inline float stored(const pk_stored_convolution *c, long at) {
    if (c->bits == 32) return ((const float *)c->v)[at];
    uint16_t half = ((const uint16_t *)c->v)[at];
    return c->bits == 16 ? pk_f16_to_f32(half) : pk_bf16_to_f32(half);
}

// Lanes innermost: a cache line of the panel is written at once, from 16 rows that are read on in parallel.
static void plain_panel(const pk_stored_convolution *c, int index, float *panel) {
    int lanes = c->outputs - index * 16 < 16 ? c->outputs - index * 16 : 16;
    long row = (long)c->inputs * c->taps;
    for (int i = 0; i < c->inputs; i++)
        for (int k = 0; k < c->taps; k++)
            for (int lane = 0; lane < lanes; lane++) {
                int o = index * 16 + lane;
                panel[((long)k * c->inputs + i) * 16 + lane] = c->scale[o] * stored(c, o * row + (long)i * c->taps + k);
            }
}

/// Channel p * outputs + o of the convolution that runs is output o of the rows t with (t + padding) mod stride = p; its last
/// tap meets the newest row, which carries the stored taps 0 ..< stride.
static void transposed_panel(const pk_stored_convolution *c, int index, int taps, float *panel) {
    for (int i = 0; i < c->inputs; i++)
        for (int lane = 0; lane < 16 && index * 16 + lane < c->outputs * c->stride; lane++) {
            int p = (index * 16 + lane) / c->outputs, o = (index * 16 + lane) % c->outputs;
            for (int m = 0; m < taps; m++) {
                int k = (taps - 1 - m) * c->stride + p;
                if (k < c->taps)
                    panel[((long)m * c->inputs + i) * 16 + lane] =
                        c->scale[i] * stored(c, ((long)i * c->outputs + o) * c->taps + k);
            }
        }
}

void pk_convolution_panel(const pk_stored_convolution *c, int index, float *panel) {
    int taps = c->stride ? (c->taps + c->stride - 1) / c->stride : c->taps;
    memset(panel, 0, sizeof(float) * 16 * (size_t)taps * (size_t)c->inputs);
    if (c->stride) transposed_panel(c, index, taps, panel);
    else plain_panel(c, index, panel);
}

void pk_mean(const float *const *blocks, int count, long n, float *y) {
    for (long i = 0; i < n; i++) {
        float sum = blocks[0][i];
        for (int b = 1; b < count; b++) sum += blocks[b][i];
        y[i] = sum / (float)count;
    }
}

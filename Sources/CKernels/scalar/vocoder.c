// The vocoder's layers (spec 11): convolutions over time and the anti-aliased snake; rows are [time, channels].
#include "scalar.h"

#include <math.h>
#include <string.h>

void pk_scalar_convolution(const pk_convolution *c) {
    for (long t = 0; t < c->rows; t++)
        for (int o = 0; o < c->outputs; o++) {
            const float *w = c->panels + (long)(o / 16) * c->taps * c->inputs * 16 + o % 16;
            float sum = (c->add ? c->add[t * c->ldy + o] : 0) + (c->bias ? c->bias[o] : 0);
            for (int k = 0; k < c->taps; k++)
                for (int i = 0; i < c->inputs; i++, w += 16) sum += c->x[(t + (long)k * c->dilation) * c->ldx + i] * *w;
            c->y[t * c->ldy + o] = sum;
        }
}

void pk_scalar_half_convolution(const pk_half_convolution *c) {
    for (long t = 0; t < c->rows; t++)
        for (int o = 0; o < c->outputs; o++) {
            const uint16_t *w = c->panels + (long)(o / 16) * c->taps * c->inputs * 16 + o % 16 * 2;
            float sum = (c->add ? c->add[t * c->ldy + o] : 0) + (c->bias ? c->bias[o] : 0);
            for (int k = 0; k < c->taps; k++) {
                const uint16_t *x = c->x + (t + (long)k * c->dilation) * c->ldx;
                for (int i = 0; i < c->inputs; i += 2, w += 32)
                    sum += pk_bf16_to_f32(x[i]) * pk_bf16_to_f32(w[0]) + pk_bf16_to_f32(x[i + 1]) * pk_bf16_to_f32(w[1]);
            }
            c->y[t * c->ldy + o] = sum;
        }
}

void pk_scalar_halve(const float *x, long n, uint16_t *y) {
    for (long i = 0; i < n; i++) y[i] = pk_f32_to_bf16(x[i]);
}

void pk_scalar_byte_convolution(const pk_byte_convolution *c) {
    for (int o = 0; o < c->outputs; o++) {
        const uint8_t *panel = (const uint8_t *)c->panels + (o / 16) * pk_byte_panel_bytes(c->taps, c->inputs);
        const float *scales = (const float *)panel;
        const int8_t *quants = (const int8_t *)panel + 64 + 64 * c->taps + o % 16 * 4;
        for (long t = 0; t < c->rows; t++) {
            float sum = 0, *y = c->y + t * c->ldy + o;
            for (int k = 0; k < c->taps; k++) {
                long row = t + (long)k * c->dilation;
                const uint8_t *x = c->x + row * c->ldx;
                int32_t exact = 0;
                for (int i = 0; i < c->inputs; i++)
                    exact += (x[i] - 128) * quants[((long)k * c->inputs + i / 4 * 4) * 16 + i % 4];
                sum = fmaf((float)exact, c->scale[row], sum);
            }
            *y = (c->add ? c->add[t * c->ldy + o] : 0) + (c->bias ? c->bias[o] : 0) + sum * scales[o % 16];
        }
    }
}

void pk_scalar_quantize_rows(const float *x, long ldx, long rows, int n, uint8_t *q, float *scale) {
    for (long t = 0; t < rows; t++, x += ldx, q += n) {
        float largest = 0;
        for (int i = 0; i < n; i++) largest = fmaxf(largest, fabsf(x[i]));
        float factor = pk_quantize_factor(largest);
        for (int i = 0; i < n; i++) q[i] = (uint8_t)(128 + (int)rintf(x[i] * factor));
        scale[t] = largest / 127;
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

/// Where a panel goes: floats, or 16-bit floats two inputs side by side; the other pointer is NULL.
typedef struct {
    float *floats;
    uint16_t *halves;
} panel;

#define INLINE static inline __attribute__((always_inline))

INLINE void put(panel to, const pk_stored_convolution *c, int tap, int input, int lane, float weight) {
    if (to.floats) to.floats[((long)tap * c->inputs + input) * 16 + lane] = weight;
    else to.halves[((long)tap * c->inputs + input / 2 * 2) * 16 + lane * 2 + input % 2] = pk_f32_to_bf16(weight);
}

// Lanes innermost: a cache line of the panel is written at once, from 16 rows that are read on in parallel.
INLINE void plain_panel(const pk_stored_convolution *c, int index, panel to) {
    int lanes = c->outputs - index * 16 < 16 ? c->outputs - index * 16 : 16;
    long row = (long)c->inputs * c->taps;
    for (int i = 0; i < c->inputs; i++)
        for (int k = 0; k < c->taps; k++)
            for (int lane = 0; lane < lanes; lane++) {
                int o = index * 16 + lane;
                put(to, c, k, i, lane, c->scale[o] * stored(c, o * row + (long)i * c->taps + k));
            }
}

/// Channel p * outputs + o of the convolution that runs is output o of the rows t with (t + padding) mod stride = p; its last
/// tap meets the newest row, which carries the stored taps 0 ..< stride.
INLINE void transposed_panel(const pk_stored_convolution *c, int index, int taps, panel to) {
    for (int i = 0; i < c->inputs; i++)
        for (int lane = 0; lane < 16 && index * 16 + lane < c->outputs * c->stride; lane++) {
            int p = (index * 16 + lane) / c->outputs, o = (index * 16 + lane) % c->outputs;
            for (int m = 0; m < taps; m++) {
                int k = (taps - 1 - m) * c->stride + p;
                if (k < c->taps)
                    put(to, c, m, i, lane, c->scale[i] * stored(c, ((long)i * c->outputs + o) * c->taps + k));
            }
        }
}

INLINE void lay_out(const pk_stored_convolution *c, int index, size_t number, panel to) {
    int taps = c->stride ? (c->taps + c->stride - 1) / c->stride : c->taps;
    memset(to.floats ? (void *)to.floats : to.halves, 0, number * 16 * (size_t)taps * (size_t)c->inputs);
    if (c->stride) transposed_panel(c, index, taps, to);
    else plain_panel(c, index, to);
}

void pk_convolution_panel(const pk_stored_convolution *c, int index, float *to) {
    lay_out(c, index, sizeof *to, (panel){.floats = to});
}

void pk_half_panel(const pk_stored_convolution *c, int index, uint16_t *to) {
    lay_out(c, index, sizeof *to, (panel){.halves = to});
}

/// Quants of one output from its weights [taps][inputs]; returns its scale.
static float quantized_output(const float *row, int taps, int inputs, int32_t *corrections, int8_t *quants) {
    float largest = 0;
    for (long i = 0; i < (long)taps * inputs; i++) largest = fmaxf(largest, fabsf(row[i]));
    float factor = pk_quantize_factor(largest);
    for (int k = 0; k < taps; k++, row += inputs) {
        int32_t sum = 0;
        for (int i = 0; i < inputs; i++) {
            int q = (int)rintf(row[i] * factor);
            quants[((long)k * inputs + i / 4 * 4) * 16 + i % 4] = (int8_t)q;
            sum += q;
        }
        corrections[k * 16] = -128 * sum;
    }
    return largest / 127;
}

void pk_byte_panel(const pk_stored_convolution *c, int index, float *row, void *to) {
    memset(to, 0, pk_byte_panel_bytes(c->taps, c->inputs));
    float *scales = to;
    int32_t *corrections = (int32_t *)to + 16;
    int8_t *quants = (int8_t *)to + 64 + 64 * c->taps;
    for (int lane = 0; lane < 16 && index * 16 + lane < c->outputs; lane++) {
        int o = index * 16 + lane;
        for (int i = 0; i < c->inputs; i++)
            for (int k = 0; k < c->taps; k++)
                row[(long)k * c->inputs + i] = c->scale[o] * stored(c, ((long)o * c->inputs + i) * c->taps + k);
        scales[lane] = quantized_output(row, c->taps, c->inputs, corrections + lane, quants + lane * 4);
    }
}

void pk_mean(const float *const *blocks, int count, long first, long n, float *y) {
    for (long i = first; i < first + n; i++) {
        float sum = blocks[0][i];
        for (int b = 1; b < count; b++) sum += blocks[b][i];
        y[i] = sum / (float)count;
    }
}

// The scalar twins: what every vector variant must compute, written to be read.
#include "scalar.h"

#include <math.h>
#include <string.h>

static float epilogue_value(float r, pk_epilogue kind) {
    switch (kind) {
    case PK_GELU_ERF: return r * 0.5f * (1 + erff(r * 0.70710678f));
    case PK_GELU_TANH: return 0.5f * r * (1 + tanhf(0.79788456f * (r + 0.044715f * r * r * r)));
    case PK_SILU: return r / (1 + expf(-r));
    default: return r;
    }
}

static void finish(const pk_product *p, int i, int n, float r) {
    float *y = p->y + i * p->ldy + n;
    if (p->bias) r += p->bias[n];
    *y = p->epilogue == PK_ADD ? *y + r : epilogue_value(r, p->epilogue);
}

void pk_scalar_product_f32(const pk_product *p) {
    for (int n = p->row0; n < p->row1; n++) {
        const float *w = (const float *)p->w + (long)n * p->columns;
        for (int i = 0; i < p->m; i++) finish(p, i, n, pk_scalar_dot(p->x + i * p->ldx, w, p->columns));
    }
}

void pk_scalar_product_f16(const pk_product *p) {
    for (int n = p->row0; n < p->row1; n++) {
        const uint16_t *w = (const uint16_t *)p->w + (long)n * p->columns;
        for (int i = 0; i < p->m; i++) {
            const float *x = p->x + i * p->ldx;
            float sum = 0;
            for (int c = 0; c < p->columns; c++) sum += x[c] * pk_f16_to_f32(w[c]);
            finish(p, i, n, sum);
        }
    }
}

void pk_scalar_product_bf16(const pk_product *p) {
    for (int n = p->row0; n < p->row1; n++) {
        const uint16_t *w = (const uint16_t *)p->w + (long)n * p->columns;
        for (int i = 0; i < p->m; i++) {
            const float *x = p->x + i * p->ldx;
            float sum = 0;
            for (int c = 0; c < p->columns; c++) sum += x[c] * pk_bf16_to_f32(w[c]);
            finish(p, i, n, sum);
        }
    }
}

void pk_scalar_product_q8(const pk_product *p) {
    int groups = p->columns / PK_GROUP;
    size_t tile_bytes = pk_q8_tile_bytes(p->columns);
    for (int n = p->row0; n < p->row1; n++) {
        const uint8_t *tile = (const uint8_t *)p->w + n / PK_TILE_ROWS * tile_bytes;
        const uint16_t *scales = (const uint16_t *)tile;
        int r = n % PK_TILE_ROWS;
        for (int i = 0; i < p->m; i++) {
            float total = 0;
            for (int g = 0; g < groups; g++) {
                long at = (long)i * groups + g;
                const uint8_t *quants = tile + (groups * 32 + 63) / 64 * 64 + g * 512 + r * 4;
                const int8_t *q = p->a.q + at * PK_GROUP;
                int sum = 0;
                for (int c = 0; c < PK_GROUP; c++) sum += (quants[c / 4 * 64 + c % 4] - 128) * q[c];
                for (int j = 0; p->a.precision == PK_FINE && j < 4; j++)
                    sum += (quants[p->a.step[at] + j] - 128) * 128 * p->a.high[at * 4 + j];
                for (int c = 0; p->a.precision == PK_WIDE && c < PK_GROUP; c++)
                    sum += (quants[c / 4 * 64 + c % 4] - 128) * 128 * p->a.high[at * PK_GROUP + c];
                total += pk_f16_to_f32(scales[g * 16 + r]) * p->a.scale[at] * (float)sum;
            }
            finish(p, i, n, total);
        }
    }
}

void pk_scalar_product_q4(const pk_product *p) {
    int groups = p->columns / PK_GROUP;
    size_t tile_bytes = pk_q4_tile_bytes(p->columns);
    for (int n = p->row0; n < p->row1; n++) {
        const uint8_t *tile = (const uint8_t *)p->w + n / PK_TILE_ROWS * tile_bytes;
        const uint16_t *scales = (const uint16_t *)tile;
        const uint8_t *quants = tile + groups * 64;
        int r = n % PK_TILE_ROWS;
        for (int i = 0; i < p->m; i++) {
            float total = 0;
            for (int g = 0; g < groups; g++) {
                const int8_t *a = p->a.q + (long)i * p->columns + g * PK_GROUP;
                int sum = 0;
                for (int c = 0; c < PK_GROUP; c++) {
                    uint8_t byte = quants[g * 256 + c / 8 * 64 + r * 4 + c % 4];
                    sum += (c / 4 % 2 ? byte >> 4 : byte & 15) * a[c];
                }
                total += pk_f16_to_f32(scales[g * 32 + r]) * p->a.scale[(long)i * groups + g] * (float)sum;
                total += pk_f16_to_f32(scales[g * 32 + 16 + r]) * p->a.offset[(long)i * groups + g];
            }
            finish(p, i, n, total);
        }
    }
}

void pk_scalar_product_q4l(const pk_product *p) {
    int groups = p->columns / PK_GROUP;
    size_t tile_bytes = pk_q4l_tile_bytes(p->columns);
    for (int n = p->row0; n < p->row1; n++) {
        const uint8_t *tile = (const uint8_t *)p->w + n / PK_TILE_ROWS * tile_bytes;
        int r = n % PK_TILE_ROWS;
        for (int i = 0; i < p->m; i++) {
            float total = 0;
            for (int g = 0; g < groups; g++) {
                const int8_t *a = p->a.q + (long)i * p->columns + g * PK_GROUP;
                const uint8_t *quants = tile + pk_q4l_quants_at(g);
                int sum = 0;
                for (int c = 0; c < PK_GROUP; c++) {
                    uint8_t byte = quants[c / 8 * 64 + r * 4 + c % 4];
                    sum += pk_q4l_levels[c / 4 % 2 ? byte >> 4 : byte & 15] * a[c];
                }
                int scale = ((const int8_t *)tile)[pk_q4l_scales_at(g) + r];
                float unit = p->a.scale[(long)i * groups + g] / PK_POWER_ZERO;
                total += (float)scale * (unit * (float)sum);
            }
            finish(p, i, n, ((const float *)tile)[r] * total);
        }
    }
}

static float largest(const float *v, int count) {
    float largest = 0;
    for (int c = 0; c < count; c++) largest = fmaxf(largest, fabsf(v[c]));
    return largest;
}

static void quantize_group(const float *v, const pk_activations *a, long at) {
    float top = largest(v, PK_GROUP);
    pk_group_scale s = a->precision == PK_PLAIN   ? pk_plain_scale(top)
                       : a->precision == PK_POWER ? pk_power_scale(top)
                                                  : pk_wide_scale(top);
    int step = 0, sum = 0;
    if (a->precision == PK_FINE) {
        while (step < 7 && largest(v + 4 * step, 4) < top) step++;
        float before = largest(v, 4 * step), behind = largest(v + 4 * step + 4, PK_GROUP - 4 * step - 4);
        s = pk_fine_scale(top, fmaxf(before, behind));
        a->step[at] = 64 * step;
    }
    for (int c = 0; c < PK_GROUP; c++) {
        int steps = (int)rintf(v[c] * s.factor), upper = 0;
        sum += steps;
        if (a->precision == PK_FINE && c / 4 == step) a->high[at * 4 + c % 4] = (int8_t)(upper = pk_upper(steps));
        if (a->precision == PK_WIDE) a->high[at * PK_GROUP + c] = (int8_t)(upper = pk_upper(steps));
        a->q[at * PK_GROUP + c] = (int8_t)(steps - 128 * upper);
    }
    a->scale[at] = a->precision == PK_POWER ? PK_POWER_ZERO * s.scale : s.scale;
    a->start[at] = pk_start(a->precision, sum, s.scale);
    if (a->precision == PK_PLAIN) a->offset[at] = s.scale * (float)sum;
}

void pk_scalar_quantize(const float *x, long ldx, int row, int count, int column, int columns, const pk_activations *a) {
    for (int i = 0; i < count; i++)
        for (int c = 0; c < columns; c += PK_GROUP)
            quantize_group(x + i * ldx + c, a, ((long)(row + i) * a->columns + column + c) / PK_GROUP);
}

void pk_scalar_layer_norm(const float *x, int m, int d, const float *w, const float *b, float eps, float *y) {
    for (int i = 0; i < m; i++, x += d, y += d) {
        float mean = 0, variance = 0;
        for (int c = 0; c < d; c++) mean += x[c];
        mean /= (float)d;
        for (int c = 0; c < d; c++) variance += (x[c] - mean) * (x[c] - mean);
        float inverse = 1 / sqrtf(variance / (float)d + eps);
        for (int c = 0; c < d; c++) y[c] = (x[c] - mean) * inverse * (w ? w[c] : 1) + (b ? b[c] : 0);
    }
}

void pk_scalar_rms_norm(const float *x, int m, int d, const float *w, float eps, float *y) {
    for (int i = 0; i < m; i++, x += d, y += d) {
        float inverse = 1 / sqrtf(pk_scalar_dot(x, x, d) / (float)d + eps);
        for (int c = 0; c < d; c++) y[c] = x[c] * inverse * w[c];
    }
}

void pk_scalar_adaptive_norm(const float *x, int m, int d, const float *scale, const float *shift, long ld, int repeat,
                             float eps, float *y) {
    pk_scalar_layer_norm(x, m, d, NULL, NULL, eps, y);
    for (int i = 0; i < m; i++, y += d)
        for (int c = 0; c < d; c++) y[c] = y[c] * (1 + scale[i / repeat * ld + c]) + shift[i / repeat * ld + c];
}

void pk_scalar_gated_add(float *h, const float *y, int m, int d, const float *gate, long ld, int repeat) {
    for (int i = 0; i < m; i++)
        for (int c = 0; c < d; c++) h[(long)i * d + c] += gate[i / repeat * ld + c] * y[(long)i * d + c];
}

void pk_scalar_add(float *y, const float *x, long n) {
    for (long i = 0; i < n; i++) y[i] += x[i];
}

void pk_scalar_swiglu(const float *gate, const float *up, long n, float *out) {
    for (long i = 0; i < n; i++) out[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

void pk_scalar_activate(float *x, long n, pk_epilogue kind) {
    for (long i = 0; i < n; i++) x[i] = epilogue_value(x[i], kind);
}

void pk_scalar_rope_halves(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin) {
    int half = hd / 2;
    for (int i = 0; i < m; i++)
        for (int h = 0; h < heads; h++) {
            float *v = x + i * ld + h * hd;
            for (int j = 0; j < half; j++) {
                float c = cos[i * half + j], s = sin[i * half + j], a = v[j], b = v[half + j];
                v[j] = a * c - b * s;
                v[half + j] = b * c + a * s;
            }
        }
}

void pk_scalar_rope_pairs(float *x, long ld, int m, int heads, int hd, const float *cos, const float *sin) {
    int half = hd / 2;
    for (int i = 0; i < m; i++)
        for (int h = 0; h < heads; h++) {
            float *v = x + i * ld + h * hd;
            for (int j = 0; j < half; j++) {
                float c = cos[i * half + j], s = sin[i * half + j], a = v[2 * j], b = v[2 * j + 1];
                v[2 * j] = a * c - b * s;
                v[2 * j + 1] = b * c + a * s;
            }
        }
}

void pk_scalar_attention(const float *q, long ldq, const float *k, long ldk, const float *v, long ldv, int n,
                         const int *limits, int hd, float scale, float *out, long ldo) {
    for (int i = 0; i < n; i++, q += ldq, out += ldo) {
        float largest = -INFINITY, sum = 0;
        for (int j = 0; j < limits[i]; j++) largest = fmaxf(largest, scale * pk_scalar_dot(q, k + j * ldk, hd));
        memset(out, 0, sizeof(float) * (size_t)hd);
        for (int j = 0; j < limits[i]; j++) {
            float weight = expf(scale * pk_scalar_dot(q, k + j * ldk, hd) - largest);
            sum += weight;
            for (int d = 0; d < hd; d++) out[d] += weight * v[j * ldv + d];
        }
        for (int d = 0; d < hd; d++) out[d] /= sum;
    }
}

float pk_scalar_dot(const float *a, const float *b, long n) {
    float sum = 0;
    for (long i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

long pk_scalar_argmax(const float *x, long n) {
    long best = 0;
    for (long i = 0; i < n; i++)
        if (x[i] > x[best] || (isnan(x[best]) && !isnan(x[i]))) best = i;
    return best;
}

void pk_scalar_softmax(float *x, long n) {
    float largest = x[0], sum = 0;
    for (long i = 1; i < n; i++) largest = fmaxf(largest, x[i]);
    for (long i = 0; i < n; i++) sum += x[i] = expf(x[i] - largest);
    for (long i = 0; i < n; i++) x[i] /= sum;
}

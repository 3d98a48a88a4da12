// The convolution of the vocoder in 8 bits, for vectors of LANES numbers (see lanes.h). The sum of a tap is a whole number; taps
// add up in ascending order in one float an output, so a row's result depends on nothing beside it. The level's file has defined
//   weights8                   four inputs of LANES outputs
//   load_weights(w), no_sum(correction)
//   add_products(sum, w, x)    sum + the four products of each lane; x points to the quants of one row
//   HEIGHT, BESIDE             rows and vectors whose sums the registers hold
#include "mathematics.h"

#include "../scalar/scalar.h"

enum { PANEL = 16, PANEL_VECTORS = PANEL / LANES };

/// The parts of panel `index`.
typedef struct {
    const float *scales;
    const int32_t *corrections;
    const int8_t *quants;
} byte_panel;

INLINE byte_panel panel_at(const pk_byte_convolution *c, int index) {
    const char *base = (const char *)c->panels + (size_t)index * pk_byte_panel_bytes(c->taps, c->inputs);
    return (byte_panel){(const float *)base, (const int32_t *)(base + 64), (const int8_t *)base + 64 + 64 * c->taps};
}

/// `rows` output rows from t on for `vectors` vectors of outputs from o on, of which some may be beyond the last.
INLINE void byte_block(const pk_byte_convolution *c, int o, long t, const int rows, const int vectors) {
    byte_panel panels[BESIDE];
    floats sums[HEIGHT][BESIDE];
    UNROLL for (int v = 0; v < vectors; v++) panels[v] = panel_at(c, (o + v * LANES) / PANEL);
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = all(0);
    for (int k = 0; k < c->taps; k++) {
        const uint8_t *x[4];
        const int8_t *w[BESIDE];
        const long row = t + (long)k * c->dilation, ldx = c->ldx;
        integers whole[HEIGHT][BESIDE];
        UNROLL for (int v = 0; v < vectors; v++) {
            int lane = (o + v * LANES) % PANEL;
            integers start = no_sum(panels[v].corrections + k * PANEL + lane);
            w[v] = panels[v].quants + (long)k * c->inputs * PANEL + lane * 4;
            UNROLL for (int r = 0; r < rows; r++) whole[r][v] = start;
        }
        UNROLL for (int q = 0; q < 4; q++) x[q] = c->x + (row + 3 * q) * ldx;
        for (int i = 0; i < c->inputs; i += 4) {
            weights8 wv[BESIDE];
            UNROLL for (int v = 0; v < vectors; v++) wv[v] = load_weights(w[v] + (long)i * PANEL);
            UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++)
                whole[r][v] = add_products(whole[r][v], wv[v], x[r / 3] + r % 3 * ldx);
            UNROLL for (int q = 0; q < 4; q++) x[q] += 4;
        }
        UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++)
            sums[r][v] = fma_(__builtin_convertvector(whole[r][v], floats), all(c->scale[row + r]), sums[r][v]);
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        long left = c->outputs - o - v * LANES;
        floats scale = load(panels[v].scales + (o + v * LANES) % PANEL);
        floats bias = c->bias ? take(c->bias + o + v * LANES, left) : all(0);
        UNROLL for (int r = 0; r < rows; r++) {
            long at = (t + r) * c->ldy + o + v * LANES;
            put(c->y + at, fma_(sums[r][v], scale, c->add ? take(c->add + at, left) + bias : bias), left);
        }
    }
}

/// All rows for `vectors` vectors of outputs from o on.
INLINE void byte_rows(const pk_byte_convolution *c, int o, const int vectors) {
    long t = 0;
    for (; t + HEIGHT <= c->rows; t += HEIGHT) byte_block(c, o, t, HEIGHT, vectors);
    for (; t + 4 <= c->rows; t += 4) byte_block(c, o, t, 4, vectors);
    for (; t < c->rows; t++) byte_block(c, o, t, 1, vectors);
}

static void byte_convolution(const pk_byte_convolution *c) {
    int o = 0;
    for (; c->outputs - o > (BESIDE - 1) * LANES; o += BESIDE * LANES) byte_rows(c, o, BESIDE);
    for (; o < c->outputs; o += LANES) byte_rows(c, o, 1);
}

static void quantize_rows(const float *x, long ldx, long rows, int n, uint8_t *q, float *scale) {
    typedef uint8_t bytes __attribute__((ext_vector_type(LANES)));
    for (long t = 0; t < rows; t++, x += ldx, q += n) {
        floats most = all(0);
        for (int i = 0; i < n; i += LANES) most = larger(magnitude(take(x + i, n - i)), most);
        float top = largest(most), factor = pk_quantize_factor(top);
        for (int i = 0; i < n; i += LANES) {
            floats scaled = __builtin_elementwise_rint(take(x + i, n - i) * factor) + 128.0f;
            bytes b = __builtin_convertvector(__builtin_convertvector(scaled, integers), bytes);
            memcpy(q + i, &b, n - i < LANES ? (size_t)(n - i) : sizeof b);
        }
        scale[t] = top / 127;
    }
}

void LEVEL(install_byte_convolution)(pk_kernels *table) {
    table->byte_convolution = byte_convolution;
    table->quantize_rows = quantize_rows;
}

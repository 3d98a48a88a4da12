// The convolution of the vocoder over 16-bit rows (upper halves of floats), for vectors of LANES floats (see lanes.h). Two
// neighbouring inputs lie side by side in the rows and in the panels: a step of the inner loop takes both. The level's file has
// defined
//   pairs                     two inputs of LANES outputs, or of one row in every lane
//   load_pairs(w), spread(x)  the weights from w on; the two numbers at x in every lane
//   add_pairs(sum, w, x)      sum + both products
//   HEIGHT, BESIDE            rows and vectors whose sums the registers hold
#include "mathematics.h"

enum {
    PANEL = 16,
    // Inputs times taps whose weights, 16 KiB for two panels, stay in the first cache level while all rows pass.
    CHUNK = 256,
};

/// Taps [tap0, tap1) and inputs [i0, i1) of a sum; i0 and i1 are even.
typedef struct { int tap0, tap1, i0, i1; } part;

/// A part of `rows` output rows from t on for `vectors` vectors of outputs from o on, of which `left` remain.
INLINE void half_block(const pk_half_convolution *c, int o, long t, part p, const int rows, const int vectors) {
    const long panel = (long)c->taps * c->inputs * PANEL, left = c->outputs - o, ldx = c->ldx;
    const uint16_t *weights = c->panels + o / PANEL * panel;
    float *y = c->y + t * c->ldy + o;
    const int first = p.tap0 == 0 && p.i0 == 0;
    const float *from = !first ? y : c->add ? c->add + t * c->ldy + o : NULL;
    floats sums[HEIGHT][BESIDE];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) {
        long rest = left - v * LANES;
        floats start = from ? take(from + r * c->ldy + v * LANES, rest) : all(0);
        if (first && c->bias) start += take(c->bias + o + v * LANES, rest);
        sums[r][v] = start;
    }
    for (int k = p.tap0; k < p.tap1; k++) {
        // A pointer for every third row: the other two are within reach of the processor's scaled addresses.
        const uint16_t *x[4], *w = weights + ((long)k * c->inputs + p.i0) * PANEL;
        UNROLL for (int q = 0; q < 4; q++) x[q] = c->x + (t + (long)k * c->dilation + 3 * q) * ldx + p.i0;
        for (int i = p.i0; i < p.i1; i += 2, w += 2 * PANEL) {
            pairs wv[BESIDE];
            UNROLL for (int v = 0; v < vectors; v++)
                wv[v] = load_pairs(w + v * LANES / PANEL * panel + v * LANES % PANEL * 2);
            UNROLL for (int r = 0; r < rows; r++) {
                pairs value = spread(x[r / 3] + r % 3 * ldx);
                UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = add_pairs(sums[r][v], wv[v], value);
            }
            UNROLL for (int q = 0; q < 4; q++) x[q] += 2;
        }
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++)
        put(y + r * c->ldy + v * LANES, sums[r][v], left - v * LANES);
}

/// A part of all rows for `vectors` vectors of outputs from o on.
INLINE void half_rows(const pk_half_convolution *c, int o, part p, const int vectors) {
    long t = 0;
    for (; t + HEIGHT <= c->rows; t += HEIGHT) half_block(c, o, t, p, HEIGHT, vectors);
    for (; t + 4 <= c->rows; t += 4) half_block(c, o, t, p, 4, vectors);
    for (; t < c->rows; t++) half_block(c, o, t, p, 1, vectors);
}

/// All parts of a sum, in ascending order, for `vectors` vectors of outputs from o on.
INLINE void half_outputs(const pk_half_convolution *c, int o, const int vectors) {
    int taps = c->inputs >= CHUNK ? 1 : CHUNK / c->inputs;
    for (int tap = 0; tap < c->taps; tap += taps)
        for (int i = 0; i < c->inputs; i += CHUNK) {
            int tap1 = tap + taps < c->taps ? tap + taps : c->taps, i1 = i + CHUNK < c->inputs ? i + CHUNK : c->inputs;
            half_rows(c, o, (part){tap, tap1, i, i1}, vectors);
        }
}

static void half_convolution(const pk_half_convolution *c) {
    int o = 0;
    for (; c->outputs - o > (BESIDE - 1) * LANES; o += BESIDE * LANES) half_outputs(c, o, BESIDE);
    for (; o < c->outputs; o += LANES) half_outputs(c, o, 1);
}

void LEVEL(install_half_convolution)(pk_kernels *table) { table->half_convolution = half_convolution; }

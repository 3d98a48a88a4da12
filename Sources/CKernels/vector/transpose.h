// Squares of 8 x 8 numbers turned about their diagonal, for every width of vectors (see lanes.h).

/// to[c][r] = from[r][c] for 8 x 8 numbers: pairs, then pairs of pairs, then halves change places.
INLINE void transpose8(const float *from, long ld, float *to, long ldt) {
    float8 a[8], b[8];
    UNROLL for (int r = 0; r < 8; r++) memcpy(&a[r], from + r * ld, sizeof a[r]);
    UNROLL for (int r = 0; r < 8; r += 2) {
        b[r] = __builtin_shufflevector(a[r], a[r + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        b[r + 1] = __builtin_shufflevector(a[r], a[r + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    UNROLL for (int h = 0; h < 8; h += 4) UNROLL for (int r = 0; r < 2; r++) {
        a[h + 2 * r] = __builtin_shufflevector(b[h + r], b[h + r + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[h + 2 * r + 1] = __builtin_shufflevector(b[h + r], b[h + r + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLL for (int r = 0; r < 4; r++) {
        b[r] = __builtin_shufflevector(a[r], a[r + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        b[r + 4] = __builtin_shufflevector(a[r], a[r + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
    UNROLL for (int r = 0; r < 8; r++) memcpy(to + r * ldt, &b[r], sizeof b[r]);
}

// Pairs of 16-bit floats for levels without dot products of them: both numbers of each lane as floats.

typedef struct { floats even, odd; } pairs;

INLINE pairs widened(integers both) {
    return (pairs){(floats)(both << 16), (floats)(both & (integers)(int32_t)0xffff0000)};
}

INLINE pairs load_pairs(const uint16_t *p) {
    integers both;
    memcpy(&both, p, sizeof both);
    return widened(both);
}

/// The two numbers at p in every lane.
INLINE pairs spread(const uint16_t *p) {
    int32_t both;
    memcpy(&both, p, sizeof both);
    return widened((integers)both);
}

/// sum + both products of each lane.
INLINE floats add_pairs(floats sum, pairs a, pairs b) { return fma_(a.odd, b.odd, fma_(a.even, b.even, sum)); }

#include "include/limits.h"

#include "processor.h"

#include <immintrin.h>

// The results go here, so that the loops are not removed.
static volatile uint64_t seen;
static volatile float seen_float;

// 8 streams of 8 bytes: enough loads in flight for any memory; the compiler makes vectors of them.
uint64_t pk_read_all(const void *bytes, size_t count) {
    const uint64_t *words = bytes;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i + 8 <= count / 8; i += 8)
        for (int j = 0; j < 8; j++) sums[j] ^= words[i + j];
    uint64_t all = 0;
    for (int j = 0; j < 8; j++) all ^= sums[j];
    seen = all;
    return all;
}

// 12 sums in flight hide the latency of 4 cycles at 2 (or 3) instructions a cycle.
enum { IN_FLIGHT = 12 };

__attribute__((target("avx512f"))) static double floats_avx512(long rounds) {
    __m512 sums[IN_FLIGHT], a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1e-3f);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_fmadd_ps(sums[i], a, b);
        // Without this the compiler would keep the loop's sums in one order of evaluation only; it emits nothing.
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+v"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen_float = _mm512_cvtss_f32(sums[i]);
    return 16.0 * IN_FLIGHT * (double)rounds;
}

__attribute__((target("avx2,fma"))) static double floats_avx2(long rounds) {
    __m256 sums[IN_FLIGHT], a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm256_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm256_fmadd_ps(sums[i], a, b);
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+x"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen_float = _mm256_cvtss_f32(sums[i]);
    return 8.0 * IN_FLIGHT * (double)rounds;
}

// SSE, which every x86-64 has: a product and a sum.
static double floats_scalar(long rounds) {
    __m128 sums[IN_FLIGHT], a = _mm_set1_ps(0.999f), b = _mm_set1_ps(1e-3f);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm_add_ps(_mm_mul_ps(sums[i], a), b);
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+x"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen_float = _mm_cvtss_f32(sums[i]);
    return 4.0 * IN_FLIGHT * (double)rounds;
}

double pk_float_multiply_adds(pk_level level, long rounds) {
    if (level >= PK_AVX512) return floats_avx512(rounds);
    if (level == PK_AVX2) return floats_avx2(rounds);
    return floats_scalar(rounds);
}

__attribute__((target("avx512f,avx512bf16"))) static double halves_bf16(long rounds) {
    __m512 sums[IN_FLIGHT];
    __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f7f3f7f), b = (__m512bh)_mm512_set1_epi32(0x3a833a83);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_dpbf16_ps(sums[i], a, b);
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+v"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen_float = _mm512_cvtss_f32(sums[i]);
    return 32.0 * IN_FLIGHT * (double)rounds;
}

double pk_half_multiply_adds(pk_level level, long rounds) {
    return level >= PK_AVX512 && pk_processor_has_bf16() ? halves_bf16(rounds) : 0;
}

__attribute__((target("avx512f,avx512vnni"))) static double bytes_vnni(long rounds) {
    __m512i sums[IN_FLIGHT], a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-2);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_set1_epi32(i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+v"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen = (uint64_t)_mm512_reduce_add_epi32(sums[i]);
    return 64.0 * IN_FLIGHT * (double)rounds;
}

// 16-bit products of neighbouring bytes, then sums in 32 bits: what AVX2 has for 8-bit dot products.
__attribute__((target("avx2"))) static double bytes_avx2(long rounds) {
    __m256i sums[IN_FLIGHT], a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-2), one = _mm256_set1_epi16(1);
    for (int i = 0; i < IN_FLIGHT; i++) sums[i] = _mm256_set1_epi32(i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < IN_FLIGHT; i++) {
            __m256i x = a;
            __asm__ volatile("" : "+x"(x));
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(x, b), one));
        }
        for (int i = 0; i < IN_FLIGHT; i++) __asm__ volatile("" : "+x"(sums[i]));
    }
    for (int i = 0; i < IN_FLIGHT; i++) seen = (uint64_t)_mm256_extract_epi32(sums[i], 0);
    return 32.0 * IN_FLIGHT * (double)rounds;
}

// Four sums of 16 x 16 in tiles: a product of 16 x 64 with 64 x 16 bytes each.
__attribute__((target("amx-tile,amx-int8"))) static double bytes_amx(long rounds) {
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t column_bytes[16];
        uint8_t rows[16];
    } __attribute__((packed)) tiles = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        tiles.column_bytes[i] = 64;
        tiles.rows[i] = 16;
    }
    _tile_loadconfig(&tiles);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    for (long r = 0; r < rounds; r++) {
        _tile_dpbusd(0, 4, 5);
        _tile_dpbusd(1, 4, 5);
        _tile_dpbusd(2, 4, 5);
        _tile_dpbusd(3, 4, 5);
    }
    _tile_release();
    return 4.0 * 16 * 16 * 64 * (double)rounds;
}

double pk_byte_multiply_adds(pk_level level, long rounds) {
    if (level == PK_AMX) return bytes_amx(rounds);
    if (level == PK_AVX512) return bytes_vnni(rounds);
    if (level == PK_AVX2) return bytes_avx2(rounds);
    return 0;
}

// One table of kernels per instruction set, chosen once from the processor and PARLEY_KERNELS.
#include "kernels.h"
#include "install.h"
#include "processor.h"
#include "scalar/scalar.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const pk_kernels scalar_table = {
    .level = PK_SCALAR,
    .strip = 1,
    .product_f32 = pk_scalar_product_f32,
    .product_f16 = pk_scalar_product_f16,
    .product_bf16 = pk_scalar_product_bf16,
    .product_q8 = pk_scalar_product_q8,
    .product_q4 = pk_scalar_product_q4,
    .product_q4l = pk_scalar_product_q4l,
    .quantize = pk_scalar_quantize,
    .layer_norm = pk_scalar_layer_norm,
    .rms_norm = pk_scalar_rms_norm,
    .adaptive_norm = pk_scalar_adaptive_norm,
    .gated_add = pk_scalar_gated_add,
    .add = pk_scalar_add,
    .swiglu = pk_scalar_swiglu,
    .activate = pk_scalar_activate,
    .rope_halves = pk_scalar_rope_halves,
    .rope_pairs = pk_scalar_rope_pairs,
    .attention = pk_scalar_attention,
    .half_attention = pk_scalar_attention,
    .dot = pk_scalar_dot,
    .argmax = pk_scalar_argmax,
    .softmax = pk_scalar_softmax,
    .convolution = pk_scalar_convolution,
    .half_convolution = pk_scalar_half_convolution,
    .halve = pk_scalar_halve,
    .byte_convolution = pk_scalar_byte_convolution,
    .quantize_rows = pk_scalar_quantize_rows,
    .snake = pk_scalar_snake,
    .byte_tile = pk_scalar_byte_tile,
};

const char *pk_level_name(pk_level level) {
    static const char *const names[] = {"scalar", "avx2", "avx512", "amx"};
    return names[level];
}

/// Each level starts as a copy of the one below and replaces what it has variants of.
static pk_kernels tables[PK_AMX + 1];

static void fill_tables(void) {
    tables[PK_SCALAR] = scalar_table;
    for (int level = PK_AVX2; level <= PK_AMX; level++) {
        tables[level] = tables[level - 1];
        tables[level].level = (pk_level)level;
#if defined(__x86_64__)
        if (level == PK_AVX2) pk_avx2_install(&tables[level]);
        if (level == PK_AVX512) pk_avx512_install(&tables[level]);
        if (level == PK_AVX512 && pk_processor_has_bf16()) pk_bf16_install(&tables[level]);
        if (level == PK_AMX) pk_amx_install(&tables[level]);
#endif
    }
}

const pk_kernels *pk_for_level(pk_level level) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_tables);
    return pk_processor_has(level) ? &tables[level] : NULL;
}

static pk_level cap(void) {
    const char *wanted = getenv("PARLEY_KERNELS");
    for (int level = PK_SCALAR; wanted && level <= PK_AMX; level++)
        if (strcmp(wanted, pk_level_name((pk_level)level)) == 0) return (pk_level)level;
    return PK_AMX;
}

const pk_kernels *pk_active(void) {
    static _Atomic(const pk_kernels *) chosen;
    const pk_kernels *table = atomic_load_explicit(&chosen, memory_order_acquire);
    if (table) return table;
    for (int level = cap(); level >= PK_SCALAR && !table; level--) table = pk_for_level((pk_level)level);
    atomic_store_explicit(&chosen, table, memory_order_release);
    return table;
}


// What each level's files put into a table that so far is the table of the level below.
#ifndef PARLEY_INSTALL_H
#define PARLEY_INSTALL_H
#include "vocoder.h"

#define PARLEY_INSTALLERS(level)                             \
    void pk_##level##_install_elements(pk_kernels *table);   \
    void pk_##level##_install_norms(pk_kernels *table);      \
    void pk_##level##_install_attention(pk_kernels *table);  \
    void pk_##level##_install_float_products(pk_kernels *table); \
    void pk_##level##_install_block_products(pk_kernels *table); \
    void pk_##level##_install_half_convolution(pk_kernels *table); \
    void pk_##level##_install_byte_convolution(pk_kernels *table); \
    void pk_##level##_install_byte_blocks(pk_kernels *table); \
    static inline void pk_##level##_install(pk_kernels *table) { \
        pk_##level##_install_elements(table);                \
        pk_##level##_install_norms(table);                   \
        pk_##level##_install_attention(table);               \
        pk_##level##_install_float_products(table);          \
        pk_##level##_install_block_products(table);          \
        pk_##level##_install_half_convolution(table);        \
        pk_##level##_install_byte_convolution(table);        \
        pk_##level##_install_byte_blocks(table);             \
        table->convolution = pk_##level##_convolution;       \
        table->snake = pk_##level##_snake;                   \
    }

#if defined(__x86_64__)
PARLEY_INSTALLERS(avx2)
PARLEY_INSTALLERS(avx512)
void pk_amx_install(pk_kernels *table);
void pk_bf16_install_half_convolution(pk_kernels *table);
void pk_bf16_install_half_attention(pk_kernels *table);
static inline void pk_bf16_install(pk_kernels *table) {
    pk_bf16_install_half_convolution(table);
    pk_bf16_install_half_attention(table);
}
#endif

#endif

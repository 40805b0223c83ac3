/* SPDX-License-Identifier: BSD-2-Clause
 * The bundled model, byte for byte, inside the program. */
    .section .rodata
    .global ecam_bundled_model
    .global ecam_bundled_model_size
    .balign 64
ecam_bundled_model:
    .incbin ECAM_MODEL_FILE
ecam_bundled_model_end:
    .balign 8
ecam_bundled_model_size:
    .quad ecam_bundled_model_end - ecam_bundled_model
    .section .note.GNU-stack,"",%progbits

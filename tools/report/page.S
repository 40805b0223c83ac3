/* SPDX-License-Identifier: BSD-2-Clause
 * The parts of a report's page, byte for byte, inside the program. */
    .macro part name, file
    .global ecam_report_\name
    .global ecam_report_\name\()_size
ecam_report_\name:
    .incbin "\file"
ecam_report_\name\()_end:
    .balign 8
ecam_report_\name\()_size:
    .quad ecam_report_\name\()_end - ecam_report_\name
    .endm

    .section .rodata
    part begin, begin.html
    part photo, photo.html
    part network, network.html
    part compare, compare.html
    part index, index.html
    part end, end.html
    part style, report.css
    part script, report.js
    .section .note.GNU-stack,"",%progbits

/* SPDX-License-Identifier: BSD-2-Clause
 * The classes and functions that a pickle may name. None of them is ever called:
 * the list says which names stand for data. */
#include <string.h>

#include "engine/common.h"
#include "weights/pickle.h"

#define STORAGE(name, dtype)                                        \
    { "torch", name "Storage", ECAM_ROLE_STORAGE, dtype },          \
        { "torch.cuda", name "Storage", ECAM_ROLE_STORAGE, dtype }, \
        { "torch", name "Tensor", ECAM_ROLE_TENSOR, dtype },        \
    {                                                               \
        "torch.cuda", name "Tensor", ECAM_ROLE_TENSOR, dtype        \
    }
#define OTHER_STORAGE(name, same_size)                                   \
    { "torch", name "Storage", ECAM_ROLE_OTHER_STORAGE, same_size },     \
    {                                                                    \
        "torch.cuda", name "Storage", ECAM_ROLE_OTHER_STORAGE, same_size \
    }
#define DTYPE(name, dtype)                    \
    {                                         \
        "torch", name, ECAM_ROLE_DTYPE, dtype \
    }
#define DATA(module, name)              \
    {                                   \
        module, name, ECAM_ROLE_DATA, 0 \
    }
/* Python 2 called it __builtin__. */
#define BUILTIN(name) DATA("builtins", name), DATA("__builtin__", name)
/* NumPy 2 moved its insides. */
#define NUMPY(module, name) DATA("numpy.core." module, name), DATA("numpy._core." module, name)

static const struct ecam_pickle_global globals[] = {
    { "collections", "OrderedDict", ECAM_ROLE_DICT, 0 },
    { "collections", "defaultdict", ECAM_ROLE_DICT, 0 },
    { "builtins", "dict", ECAM_ROLE_DICT, 0 },
    { "__builtin__", "dict", ECAM_ROLE_DICT, 0 },

    { "torch._utils", "_rebuild_tensor", ECAM_ROLE_REBUILD, 0 },
    { "torch._utils", "_rebuild_tensor_v2", ECAM_ROLE_REBUILD, 0 },
    { "torch._utils", "_rebuild_tensor_v3", ECAM_ROLE_REBUILD_TYPED, 0 },
    { "torch._utils", "_rebuild_parameter", ECAM_ROLE_PARAMETER, 0 },
    { "torch._utils", "_rebuild_parameter_with_state", ECAM_ROLE_PARAMETER, 0 },
    { "torch._tensor", "_rebuild_from_type_v2", ECAM_ROLE_REBUILD_AS_TYPE, 0 },
    { "torch.nn.parameter", "Parameter", ECAM_ROLE_PARAMETER, 0 },
    { "torch.nn.parameter", "Buffer", ECAM_ROLE_PARAMETER, 0 },
    { "torch.nn", "Parameter", ECAM_ROLE_PARAMETER, 0 },
    { "torch.autograd.variable", "Variable", ECAM_ROLE_PARAMETER, 0 },
    { "torch.autograd", "Variable", ECAM_ROLE_PARAMETER, 0 },
    { "torch", "Tensor", ECAM_ROLE_PARAMETER, 0 },
    { "torch", "Size", ECAM_ROLE_SIZE, 0 },
    { "torch", "device", ECAM_ROLE_DATA, 0 },
    { "torch.serialization", "_get_layout", ECAM_ROLE_DATA, 0 },

    STORAGE("Float", ECAM_DTYPE_F32),
    STORAGE("Half", ECAM_DTYPE_F16),
    STORAGE("BFloat16", ECAM_DTYPE_BF16),
    STORAGE("Double", ECAM_DTYPE_F64),
    STORAGE("Long", ECAM_DTYPE_I64),
    STORAGE("Int", ECAM_DTYPE_I32),
    STORAGE("Short", ECAM_DTYPE_I16),
    STORAGE("Char", ECAM_DTYPE_I8),
    STORAGE("Byte", ECAM_DTYPE_U8),
    STORAGE("Bool", ECAM_DTYPE_BOOL),
    OTHER_STORAGE("ComplexFloat", ECAM_DTYPE_F64),
    OTHER_STORAGE("QInt8", ECAM_DTYPE_I8),
    OTHER_STORAGE("QUInt8", ECAM_DTYPE_U8),
    OTHER_STORAGE("QInt32", ECAM_DTYPE_I32),
    { "torch", "UntypedStorage", ECAM_ROLE_BYTE_STORAGE, ECAM_DTYPE_U8 },
    { "torch.storage", "UntypedStorage", ECAM_ROLE_BYTE_STORAGE, ECAM_DTYPE_U8 },
    { "torch.storage", "_UntypedStorage", ECAM_ROLE_BYTE_STORAGE, ECAM_DTYPE_U8 },

    DTYPE("float32", ECAM_DTYPE_F32),
    DTYPE("float16", ECAM_DTYPE_F16),
    DTYPE("bfloat16", ECAM_DTYPE_BF16),
    DTYPE("float64", ECAM_DTYPE_F64),
    DTYPE("int64", ECAM_DTYPE_I64),
    DTYPE("int32", ECAM_DTYPE_I32),
    DTYPE("int16", ECAM_DTYPE_I16),
    DTYPE("int8", ECAM_DTYPE_I8),
    DTYPE("uint8", ECAM_DTYPE_U8),
    DTYPE("bool", ECAM_DTYPE_BOOL),

    /* What training scripts put beside the weights. */
    DATA("argparse", "Namespace"),
    DATA("types", "SimpleNamespace"),
    DATA("collections", "Counter"),
    DATA("collections", "deque"),
    DATA("datetime", "datetime"),
    DATA("datetime", "timedelta"),
    DATA("datetime", "date"),
    DATA("pathlib", "PosixPath"),
    DATA("pathlib", "WindowsPath"),
    DATA("pathlib", "PurePosixPath"),
    DATA("pathlib", "Path"),
    DATA("_codecs", "encode"),
    DATA("copyreg", "_reconstructor"),
    DATA("copy_reg", "_reconstructor"),
    BUILTIN("object"),
    BUILTIN("set"),
    BUILTIN("frozenset"),
    BUILTIN("list"),
    BUILTIN("tuple"),
    BUILTIN("int"),
    BUILTIN("long"),
    BUILTIN("float"),
    BUILTIN("complex"),
    BUILTIN("bool"),
    BUILTIN("str"),
    BUILTIN("unicode"),
    BUILTIN("bytes"),
    BUILTIN("bytearray"),
    BUILTIN("range"),
    BUILTIN("xrange"),
    BUILTIN("slice"),
    NUMPY("multiarray", "scalar"),
    NUMPY("multiarray", "_reconstruct"),
    NUMPY("numeric", "_frombuffer"),
    DATA("numpy", "ndarray"),
    DATA("numpy", "dtype"),
    DATA("numpy", "bool_"),
    DATA("numpy", "float16"),
    DATA("numpy", "float32"),
    DATA("numpy", "float64"),
    DATA("numpy", "int32"),
    DATA("numpy", "int64"),
    DATA("numpy", "uint8"),
};

const struct ecam_pickle_global *ecam_pickle_global_find(const char *module, size_t module_bytes,
                                                         const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < ECAM_ARRAY_LEN(globals); i++) {
        const struct ecam_pickle_global *g = &globals[i];
        if (strlen(g->name) == name_bytes && memcmp(g->name, name, name_bytes) == 0 &&
            strlen(g->module) == module_bytes && memcmp(g->module, module, module_bytes) == 0)
            return g;
    }
    return NULL;
}

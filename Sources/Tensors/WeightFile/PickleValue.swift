/// A value on the stack of a `PickleMachine`.
///
/// Containers are numbers of a `PickleHeap`'s entries instead of references: a hostile pickle can build cycles and chains a million
/// deep, and neither can then leak memory or overflow the stack when it is released.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
}

/// The callables that weight files name.
///
/// Nothing is ever called: each is a rule of `PickleMachine.reduce`.
enum PickleGlobal: Equatable {
    case orderedDictionary
    case rebuildTensor
    case rebuildParameter
    case storage(ElementType)

    /// The meaning of a global, or nil for one that is refused.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch", _):
            guard let element = Self.storages[name] else { return nil }
            self = .storage(element)
        default: return nil
        }
    }

    private static let storages: [String: ElementType] = [
        "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64,
        "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8,
        "BoolStorage": .bool,
    ]
}

/// Numbers of one archive entry, shared by any number of tensors.
struct PickleStorage {
    let element: ElementType
    /// The entry `<prefix>/data/<key>`.
    let key: String
    /// Numbers in it.
    let count: Int
}

/// A view of a storage; already checked to lie inside `storage.count`.
struct PickleTensor {
    let storage: PickleStorage
    /// First number.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Nil where the view leaves its storage, is larger than it, or where its description overflows.
    init?(_ storage: PickleStorage, offset: Int, shape: [Int], strides: [Int]) {
        guard shape.count == strides.count, shape.count <= 16, offset >= 0, offset <= storage.count,
            !shape.contains(where: { $0 < 0 }), !strides.contains(where: { $0 < 0 }),
            let bytes = byteCount(shape, storage.element.size), bytes / storage.element.size <= storage.count
        else { return nil }
        if bytes > 0 {
            var last = offset
            for (dimension, stride) in zip(shape, strides) {
                let (step, stepOverflow) = stride.multipliedReportingOverflow(by: dimension - 1)
                let (sum, sumOverflow) = last.addingReportingOverflow(step)
                if stepOverflow || sumOverflow { return nil }
                last = sum
            }
            if last >= storage.count { return nil }
        }
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// Whether the numbers lie row-major without gaps.
    var isContiguous: Bool {
        var expected = 1
        for (dimension, stride) in zip(shape, strides).reversed() where dimension != 1 {
            if stride != expected { return shape.contains(0) }
            expected *= dimension
        }
        return true
    }
}

/// The containers that a pickle built.
struct PickleHeap {
    var tuples: [[PickleValue]] = []
    var lists: [[PickleValue]] = []
    var dictionaries: [[String: PickleValue]] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []
}

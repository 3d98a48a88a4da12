import Tensors

/// A recorded tensor: its shape and its numbers, row-major.
struct GoldenTensor: Sendable {
    let shape: [Int]
    /// The numbers as floats; exact for the stored integers below 2²⁴ and for every 16-bit float.
    let floats: [Float]
    /// The numbers as integers; empty for float tensors.
    let integers: [Int]

    /// Reads one tensor of a file.
    ///
    /// `path` is what the message calls the file.
    init(_ name: String, in file: SafetensorsFile, path: String) throws {
        guard let stored = file.lookUp(name) else { throw GoldenError.missingTensor(name: name, file: path) }
        shape = stored.shape
        floats = stored.floats()
        integers = (try? stored.integers()) ?? []
    }

    /// Numbers in the tensor.
    var count: Int { shape.reduce(1, *) }
}

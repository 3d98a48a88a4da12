import Foundation
import Tensors

/// PyTorch files: every listed tensor with its type, shape and exact numbers, and the plain values beside them.
enum TorchPickleCases: GoldenStage {
    static let names = ["torch_pickle", "torch_pickle_legacy"]

    static func check(_ golden: GoldenCase, in set: GoldenSet) throws -> [Comparison] {
        let path = set.file(try golden.inputs.string("pt")).path
        return try golden.outputNames.map { output in
            let rule = golden.outputs[output]
            if rule["compare"]["mode"].string == "rejects" {
                return Comparison.rejects(output) { _ = try TorchZipFile(path) }
            }
            let file = try TorchZipFile(path)
            if let other = rule["case"].string { return .all(output, try sameAs(other, file, in: set)) }
            return try compare(output, golden, file, in: set)
        } + plainValues(golden, path)
    }

    /// All outputs of another case, found in this file.
    private static func sameAs(_ id: String, _ file: TorchZipFile, in set: GoldenSet) throws -> [Comparison] {
        guard let other = set.cases.first(where: { $0.id == id }) else {
            throw GoldenError.missing(key: "case", wanted: "the id of another case (\(id))")
        }
        return try other.outputNames.map { try compare($0, other, file, in: set) }
    }

    /// Integers are compared as integers: a 64-bit one may have more digits than a float holds.
    private static func compare(
        _ output: String, _ golden: GoldenCase, _ file: TorchZipFile, in set: GoldenSet
    ) throws -> Comparison {
        guard let name = fullName(output, in: file) else { return .failed(output, "\(file.path) has no such tensor") }
        let tensor = try file.stored(name)
        let type = golden.outputs[output]["dtype"].string
        if let type, type != typeNames[tensor.element] {
            return .failed(output, "expected \(type), found \(tensor.storage)")
        }
        if let integers = try? tensor.integers() {
            return try golden.compare(output, integers, shape: tensor.shape, in: set)
        }
        return try golden.compare(output, tensor.floats(), shape: tensor.shape, in: set)
    }

    /// Cases name tensors as the model does; in the file they may lie in a branch, such as `state_dict`.
    private static func fullName(_ name: String, in file: TorchZipFile) -> String? {
        let branches = CheckpointPart.allCases.compactMap(\.branch.first)
        return ([name] + branches.map { $0 + "." + name }).first(where: file.contains)
    }

    private static let typeNames: [ElementType: String] = [
        .f64: "float64", .f32: "float32", .f16: "float16", .bf16: "bfloat16", .i64: "int64", .i32: "int32",
        .i16: "int16", .i8: "int8", .u8: "uint8", .bool: "bool",
    ]

    /// `params.scalars`: plain values at the top of the file.
    private static func plainValues(_ golden: GoldenCase, _ path: String) throws -> [Comparison] {
        guard let expected = golden.params["scalars"].object else { return [] }
        let found = try TorchZipFile(path).scalars
        return expected.sorted { $0.key < $1.key }.map { key, value in
            Comparison.equal(key, found: found[key].map(json) ?? .string("nothing"), expected: value)
        }
    }

    private static func json(_ scalar: TorchZipFile.Scalar) -> JSONValue {
        switch scalar {
        case .none: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .float(let value): .number(value)
        case .text(let value): .string(value)
        }
    }
}

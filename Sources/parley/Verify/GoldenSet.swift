import Foundation
import Tensors

/// One case: what goes into a stage and what has to come out.
struct GoldenCase: Sendable, CustomStringConvertible {
    /// Unique in its set, such as `dit.call_a`.
    let id: String
    /// The kind of case; a `GoldenStage` runs it.
    let stage: String
    /// Tensor references and plain values by name.
    let inputs: JSONValue
    /// By name: what is expected and how it is compared (`compare`).
    let outputs: JSONValue
    /// Settings of the stage.
    let params: JSONValue

    init(_ json: JSONValue) throws {
        id = try json.string("id")
        stage = try json.string("stage")
        inputs = json["inputs"]
        outputs = json["outputs"]
        params = json["params"]
    }

    /// The names of the expected outputs, sorted.
    var outputNames: [String] { (outputs.object ?? [:]).keys.sorted() }

    var description: String { id }
}

/// A folder of recorded inputs and outputs of the reference, for one small checkpoint of any sizes.
///
/// Used from one thread at a time. Files are read when first needed; what several cases share (loaded stages) is kept.
final class GoldenSet {
    /// Where `golden.json` lies.
    let folder: URL
    /// The set's own name.
    let name: String
    /// In the order of the file.
    let cases: [GoldenCase]
    /// The checkpoint the outputs were made with, in the released layout.
    let checkpoint: URL
    /// Threads shared by every stage that is run.
    let workers: WorkerThreads

    private var tensorFiles: [String: SafetensorsFile] = [:]
    private var jsonFiles: [String: JSONValue] = [:]
    private var stages: [String: Any] = [:]

    /// Reads `golden.json` of a folder.
    init(folder: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount) throws {
        let index = folder.appending(path: "golden.json")
        let json = try JSONValue(contentsOf: index)
        self.folder = folder
        do {
            cases = try json.array("cases").map(GoldenCase.init)
            checkpoint = folder.appending(path: try json.string("checkpoint"))
        } catch { throw GoldenError.malformed(file: index.path) }
        name = json["set"].string ?? folder.lastPathComponent
        workers = WorkerThreads(threads: threads)
    }

    /// The file of this path inside the set.
    func file(_ path: String) -> URL { folder.appending(path: path) }

    /// Operations for one stage.
    func arithmetic() -> Arithmetic { Arithmetic(workers: workers) }

    /// What `key` names, made at its first use and shared by all cases of the set.
    func shared<T>(_ key: String, make: () throws -> T) rethrows -> T {
        if let stage = stages[key] as? T { return stage }
        let stage = try make()
        stages[key] = stage
        return stage
    }

    // MARK: What cases refer to

    /// The tensor of a reference `{file, tensor, shape?}`.
    func tensor(_ reference: JSONValue) throws -> GoldenTensor {
        let path = try reference.string("file")
        let name = try reference.string("tensor")
        let tensor = try GoldenTensor(name, in: tensorFile(path), path: path)
        if let shape = reference["shape"].integers, shape != tensor.shape {
            throw GoldenError.shape(tensor: name, expected: shape, found: tensor.shape)
        }
        return tensor
    }

    /// The tensor of a reference, as floats.
    func floats(_ reference: JSONValue) throws -> [Float] { try tensor(reference).floats }

    /// The tensor of a reference, as integers.
    func integers(_ reference: JSONValue) throws -> [Int] { try tensor(reference).integers }

    /// A JSON file of the set.
    func json(_ path: String) throws -> JSONValue {
        if let known = jsonFiles[path] { return known }
        let value = try JSONValue(contentsOf: file(path))
        jsonFiles[path] = value
        return value
    }

    private func tensorFile(_ path: String) throws -> SafetensorsFile {
        if let known = tensorFiles[path] { return known }
        let file = try SafetensorsFile(self.file(path).path)
        tensorFiles[path] = file
        return file
    }
}

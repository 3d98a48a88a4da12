import Foundation
import Tensors

extension Fixtures {
    /// The folder of the network that is shipped.
    public static let turnDetector = package.appending(path: "Assets/models/turn-detector")

    /// Its file, and what it holds by name.
    public static func turnDetectorWeights() throws -> (
        file: String, numbers: (String) -> (shape: [Int], values: [Float])?
    ) {
        let path = turnDetector.appending(path: "weights.safetensors").path
        let file = try SafetensorsFile(path)
        return (path, { name in file.lookUp(name).map { ($0.shape, $0.floats()) } })
    }
}

import Audio
import Foundation
import Tensors

extension SpeechNetwork {
    /// Its folder in Assets/models.
    static let folderName = "turn-detector"

    /// The network in a folder.
    ///
    /// Throws `WeightFileError` or `AudioError` if it is not there or not whole.
    convenience init(folder: URL) throws {
        let path = folder.appending(path: "weights.safetensors").path
        let file = try SafetensorsFile(path)
        try self.init(file: path) { name in file.lookUp(name).map { ($0.shape, $0.floats()) } }
    }
}

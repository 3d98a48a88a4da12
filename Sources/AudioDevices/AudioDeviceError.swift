/// Why a sound device or the voice processor cannot be used.
public enum AudioDeviceError: Error, Equatable, Sendable {
    /// No device has this name.
    case unknown(device: String, direction: SoundDirection)
    /// The device is there and cannot be opened now; `reason` is the system's own text.
    case cannotOpen(device: String, direction: SoundDirection, reason: String)
    /// Somebody else uses the device alone.
    case busy(device: String, direction: SoundDirection)
    /// The device offers no format, rate or buffer that can be used; `reason` names what it refused.
    case unsupported(device: String, direction: SoundDirection, reason: String)
    /// The device was opened and did not move any sound in `milliseconds`.
    case silent(device: String, direction: SoundDirection, milliseconds: Int)
    /// WebRTC's audio processing refuses its settings.
    case voiceProcessing

    /// The device it happened to, empty if there is none.
    public var operand: String {
        switch self {
        case .unknown(let device, _), .cannotOpen(let device, _, _), .busy(let device, _),
            .unsupported(let device, _, _), .silent(let device, _, _):
            device
        case .voiceProcessing: ""
        }
    }

    /// What happened, and to what.
    public var what: String {
        switch self {
        case .unknown(let device, let direction): "there is no \(direction.rawValue) named \(device)"
        case .cannotOpen(let device, let direction, let reason):
            "the \(direction.rawValue) \(device) cannot be opened (\(reason))"
        case .busy(let device, let direction): "the \(direction.rawValue) \(device) is in use by another program"
        case .unsupported(let device, let direction, let reason):
            "the \(direction.rawValue) \(device) offers nothing usable (\(reason))"
        case .silent(let device, let direction, let milliseconds):
            "the \(direction.rawValue) \(device) moved no sound in \(milliseconds) ms"
        case .voiceProcessing: "the voice processor refuses its settings"
        }
    }

    /// What to do about it.
    public var fix: String {
        switch self {
        case .unknown, .unsupported: "choose one that parley devices lists"
        case .cannotOpen: "check that it is plugged in, or choose one that parley devices lists"
        case .busy: "close that program, or choose one that parley devices lists"
        case .silent: "check the sound server, or choose one that parley devices lists"
        case .voiceProcessing: "check the audio settings"
        }
    }
}

extension AudioDeviceError: CustomStringConvertible {
    /// One sentence: what happened, to what, what to do.
    public var description: String { "\(what); \(fix)" }
}

import CALSA
import Glibc

/// A device that can be chosen by name.
public struct SoundDevice: Equatable, Sendable {
    /// What settings and options call it.
    public var name: String
    /// What people call it.
    public var description: String
    /// Whether it is a microphone.
    public var canCapture: Bool
    /// Whether it is a loudspeaker.
    public var canPlay: Bool

    /// A device.
    public init(name: String, description: String, canCapture: Bool, canPlay: Bool) {
        self.name = name
        self.description = description
        self.canCapture = canCapture
        self.canPlay = canPlay
    }
}

/// The devices that this machine offers.
public enum SoundDevices {
    /// Names that alsa-lib offers on every machine: filters and sinks, not devices.
    private static let filters: Set<String> = [
        "null", "lavrate", "samplerate", "speexrate", "jack", "oss", "speex", "upmix", "vdownmix", "usbstream",
        "arcamav", "hw", "dmix", "dsnoop", "iec958", "hdmi", "surround21", "surround40", "surround41", "surround50",
        "surround51", "surround71", "phoneline", "modem", "usbstream",
    ]

    /// Every device with its human name, the default ones first.
    ///
    /// Asks the system and may take a moment.
    public static func list() -> [SoundDevice] {
        parley_alsa_keep_messages()
        var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        guard parley_alsa_list(&hints) >= 0, let hints else { return [] }
        defer { snd_device_name_free_hint(hints) }
        var devices: [SoundDevice] = []
        var index = 0
        while let hint = hints[index] {
            index += 1
            guard let name = text(hint, "NAME"), isDevice(name) else { continue }
            let direction = text(hint, "IOID")
            devices.append(
                SoundDevice(
                    name: name, description: summary(text(hint, "DESC") ?? ""),
                    canCapture: direction != "Output", canPlay: direction != "Input"))
        }
        return ordered(devices)
    }

    /// Whether a name stands for a device and not for one of alsa-lib's filters.
    static func isDevice(_ name: String) -> Bool {
        !filters.contains(String(name.prefix { $0 != ":" }))
    }

    /// The default first and the sound servers behind it; otherwise as the system has them.
    static func ordered(_ devices: [SoundDevice]) -> [SoundDevice] {
        func rank(_ device: SoundDevice) -> Int {
            switch device.name {
            case "default": 0
            case "pipewire", "pulse": 1
            default: device.name.hasPrefix("plughw") ? 3 : 2
            }
        }
        var seen: Set<String> = []
        let unique = devices.filter { seen.insert($0.name).inserted }
        return unique.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    /// alsa-lib's descriptions hold line ends.
    static func summary(_ description: String) -> String {
        description.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.joined(separator: ", ")
    }

    private static func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
        guard let value = snd_device_name_get_hint(hint, key) else { return nil }
        defer { free(value) }
        return String(cString: value)
    }
}

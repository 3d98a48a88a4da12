import AudioDevices
import Foundation

/// What trying out a microphone and a loudspeaker has shown.
struct SoundReport {
    let input: String
    let output: String
    /// Level of the recording in dB below full scale.
    let level: Double
    let echo: SoundCheck.Echo
    let status: (microphone: DeviceStatus, loudspeaker: DeviceStatus)

    /// The level of some samples in dB below full scale.
    static func decibels(_ samples: [Float]) -> Double {
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
        return max(-100, 10 * log10(energy + 1e-12))
    }

    var json: JSONLine {
        [
            "device_in": .string(input), "device_out": .string(output),
            "level_db": .rounded(level, digits: 1),
            "echo_delay_ms": .rounded(echo.milliseconds, digits: 1),
            "known_delay_ms": .rounded(echo.knownMilliseconds, digits: 1),
            "echo_level_db": .rounded(echo.level, digits: 1),
            "rate_in": .integer(status.microphone.rate), "rate_out": .integer(status.loudspeaker.rate),
            "overruns": .integer(status.microphone.overruns), "underruns": .integer(status.loudspeaker.overruns),
        ]
    }

    var text: String {
        let heard =
            level <= SoundCheck.silence
            ? "nothing was heard: is the microphone muted?" : "level \(Self.text(level)) dB"
        let echoes =
            if let delay = echo.milliseconds, let level = echo.level {
                "echo after \(Self.text(delay)) ms (the devices know of \(Self.text(echo.knownMilliseconds)) ms), "
                    + "\(Self.text(level)) dB"
            } else {
                "no echo was heard: headphones, or the loudspeaker is silent"
            }
        return """
            microphone \(input): \(status.microphone.rate) Hz, \(heard)
            loudspeaker \(output): \(status.loudspeaker.rate) Hz, \(echoes)
            """
    }

    private static func text(_ value: Double) -> String { String(Int(value.rounded())) }
}

extension SoundDevice {
    var json: JSONLine {
        [
            "name": .string(name), "description": .string(description), "capture": .bool(canCapture),
            "playback": .bool(canPlay),
        ]
    }

    /// What it can do, in a column.
    var uses: String {
        switch (canCapture, canPlay) {
        case (true, true): "both       "
        case (true, false): "microphone "
        default: "loudspeaker"
        }
    }
}

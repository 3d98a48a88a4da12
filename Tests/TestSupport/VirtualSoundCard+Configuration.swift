/// What the sound server and ALSA are told.
extension VirtualSoundCard {
    /// Two sinks without hardware.
    ///
    /// `norewinds` makes them work in blocks of milliseconds; without it they take 2 s at a time.
    static func daemonScript(socket: String) -> String {
        let sinks = ["microphone", "speaker"].map { name in
            """
            load-module module-null-sink sink_name=\(name) rate=48000 channels=2 format=s16le norewinds=1 \
            sink_properties=device.description=\(name)
            """
        }
        return """
            .fail
            load-module module-native-protocol-unix socket=\(socket) auth-anonymous=1
            \(sinks.joined(separator: "\n"))
            set-default-sink speaker
            set-default-source microphone.monitor

            """
    }

    /// A server that belongs to one test: nothing shared, never idle.
    ///
    /// Hardware does not stutter because the machine has other work: where the system allows it, the server comes before that.
    static let daemonSettings = """
        daemonize = no
        exit-idle-time = -1
        high-priority = yes
        nice-level = -11
        realtime-scheduling = yes
        realtime-priority = 8
        rlimit-rttime = -1
        enable-shm = no
        flat-volumes = no
        resample-method = speex-float-3
        log-target = stderr
        log-level = notice

        """

    /// The devices that a program sees: `default`, and beside it some that accept less.
    ///
    /// The pulse plugin offers no memory mapping, which ALSA's converting plugins need: `mmap_emul` lends it to them.
    static func alsaConfiguration(socket: String) -> String {
        func pulse(_ device: String) -> String { "type pulse server \"unix:\(socket)\" device \"\(device)\"" }
        func twoChannels(_ device: String) -> String {
            """
            type multi
                slaves.only { pcm { type mmap_emul slave.pcm "\(device)" } channels 2 }
                bindings { 0 { slave only channel 0 } 1 { slave only channel 1 } }
            """
        }
        return """
            </usr/share/alsa/alsa.conf>
            pcm.microphone { \(pulse("microphone.monitor")) hint { show on description "Microphone of the tests" } }
            pcm.speaker { \(pulse("speaker")) hint { show on description "Loudspeaker of the tests" } }
            pcm.pair {
                type asym playback.pcm "speaker" capture.pcm "microphone"
                hint { show on description "Microphone and loudspeaker of the tests" }
            }
            pcm.stereo_only {
                type asym
                playback.pcm { \(twoChannels("speaker")) }
                capture.pcm { \(twoChannels("microphone")) }
                hint { show on description "Two channels and nothing else" }
            }
            pcm.mono_only {
                type speex slave.pcm { type mmap_emul slave.pcm "pair" }
                denoise no agc no echo no
                hint { show on description "One channel of 16 bits and nothing else" }
            }
            pcm.fixed_48k {
                type plug slave { pcm { type mmap_emul slave.pcm "pair" } rate 48000 format S16_LE channels 2 }
                hint { show on description "Converted to 48 kHz stereo" }
            }
            pcm.!default { type asym playback.pcm "speaker" capture.pcm "microphone" }
            ctl.!default { type pulse server "unix:\(socket)" }

            """
    }
}

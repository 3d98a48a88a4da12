import CALSA
import Glibc

/// Opens ALSA devices: `default`, `plughw:CARD=...`, `pulse`, or any name of the user's own configuration.
public struct ALSAOpener: PCMOpener {
    /// Formats in the order in which they are tried.
    private static let formats: [(SampleFormat, snd_pcm_format_t)] = [
        (.int16, SND_PCM_FORMAT_S16_LE), (.int32, SND_PCM_FORMAT_S32_LE), (.float32, SND_PCM_FORMAT_FLOAT_LE),
        (.int24, SND_PCM_FORMAT_S24_LE), (.int24packed, SND_PCM_FORMAT_S24_3LE), (.uint8, SND_PCM_FORMAT_U8),
    ]

    /// An opener; from now on alsa-lib writes nothing to standard error.
    public init() { parley_alsa_keep_messages() }

    /// Opens a device as near to what is asked for as it can be.
    public func open(_ request: PCMRequest) throws(AudioDeviceError) -> any PCMDevice {
        parley_alsa_keep_messages()
        parley_alsa_forget_message()
        var handle: OpaquePointer?
        let stream = request.direction == .microphone ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK
        let code = parley_alsa_open(&handle, request.name, stream, SND_PCM_NONBLOCK)
        guard code >= 0, let handle else { throw Self.error(code, request) }
        do {
            let format = try Self.configure(handle, request)
            return ALSADevice(handle, direction: request.direction, format: format)
        } catch {
            snd_pcm_close(handle)
            throw error
        }
    }

    private static func error(_ code: Int32, _ request: PCMRequest) -> AudioDeviceError {
        switch -code {
        case EBUSY: .busy(device: request.name, direction: request.direction)
        case ENOENT: .unknown(device: request.name, direction: request.direction)
        case ENODEV, ENXIO:
            .cannotOpen(device: request.name, direction: request.direction, reason: "it is not plugged in")
        default: .cannotOpen(device: request.name, direction: request.direction, reason: reason(code))
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: snd_strerror(code)) }

    /// Sets what is wanted, then reads back what was granted.
    private static func configure(
        _ pcm: OpaquePointer, _ request: PCMRequest
    ) throws(AudioDeviceError) -> PCMFormat {
        var allocated: OpaquePointer?
        guard snd_pcm_hw_params_malloc(&allocated) >= 0, let hardware = allocated else {
            throw .unsupported(device: request.name, direction: request.direction, reason: "no memory")
        }
        defer { snd_pcm_hw_params_free(hardware) }
        func check(_ code: Int32, _ what: String) throws(AudioDeviceError) {
            if code >= 0 { return }
            throw .unsupported(
                device: request.name, direction: request.direction, reason: "\(what): \(reason(code))")
        }
        try check(snd_pcm_hw_params_any(pcm, hardware), "no configuration")
        // The device's own rates first: libsoxr converts better than the plug layer.
        if snd_pcm_hw_params_set_rate_resample(pcm, hardware, 0) < 0 {
            try check(snd_pcm_hw_params_any(pcm, hardware), "no configuration")
        }
        try check(
            snd_pcm_hw_params_set_access(pcm, hardware, SND_PCM_ACCESS_RW_INTERLEAVED), "no interleaved access")
        guard let sample = formats.first(where: { snd_pcm_hw_params_set_format(pcm, hardware, $0.1) >= 0 })?.0 else {
            throw .unsupported(device: request.name, direction: request.direction, reason: "no known sample format")
        }
        var channels: UInt32 = 1
        try check(snd_pcm_hw_params_set_channels_near(pcm, hardware, &channels), "channels")
        var rate = UInt32(request.rate)
        try check(snd_pcm_hw_params_set_rate_near(pcm, hardware, &rate, nil), "rate")
        var period = snd_pcm_uframes_t(Int(rate) * request.periodMilliseconds / 1000)
        try check(snd_pcm_hw_params_set_period_size_near(pcm, hardware, &period, nil), "period")
        var buffer = period * snd_pcm_uframes_t(request.periods)
        try check(snd_pcm_hw_params_set_buffer_size_near(pcm, hardware, &buffer), "buffer")
        try check(snd_pcm_hw_params(pcm, hardware), "parameters")
        _ = snd_pcm_hw_params_get_channels(hardware, &channels)
        _ = snd_pcm_hw_params_get_rate(hardware, &rate, nil)
        _ = snd_pcm_hw_params_get_period_size(hardware, &period, nil)
        _ = snd_pcm_hw_params_get_buffer_size(hardware, &buffer)
        let format = PCMFormat(
            sample: sample, rate: Int(rate), channels: Int(channels), period: Int(period), buffer: Int(buffer))
        guard format.rate >= 1000, format.channels > 0, format.period > 0, format.buffer >= format.period else {
            throw .unsupported(device: request.name, direction: request.direction, reason: "empty parameters")
        }
        try check(setWakeUps(pcm, format, request), "wake-ups")
        return format
    }

    /// When the device wakes its thread, and that it starts only when told.
    private static func setWakeUps(_ pcm: OpaquePointer, _ format: PCMFormat, _ request: PCMRequest) -> Int32 {
        var allocated: OpaquePointer?
        let code = snd_pcm_sw_params_malloc(&allocated)
        guard code >= 0, let software = allocated else { return code }
        defer { snd_pcm_sw_params_free(software) }
        var room = format.period
        if request.direction == .loudspeaker {
            // A device may insist on a longer buffer than wanted: only the wanted part of it is kept filled.
            room += format.buffer - PlaybackStream.lead(of: format)
        }
        var boundary: snd_pcm_uframes_t = 0
        let steps = [
            snd_pcm_sw_params_current(pcm, software),
            snd_pcm_sw_params_get_boundary(software, &boundary),
            snd_pcm_sw_params_set_avail_min(pcm, software, snd_pcm_uframes_t(room)),
            snd_pcm_sw_params_set_start_threshold(pcm, software, boundary),
            snd_pcm_sw_params(pcm, software),
        ]
        return steps.first { $0 < 0 } ?? 0
    }
}

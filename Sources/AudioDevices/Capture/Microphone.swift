import Audio
import Synchronization

/// The ears: one thread that moves 10 ms periods from a device to a ring, whatever becomes of the device.
///
/// Give a `Microphone` to a `FrontEnd` to hear something. No call waits for the device. After `close` it is not used again.
public final class Microphone: Sendable {
    /// What was captured.
    let sound = CapturedSound()
    private let supply: DeviceSupply
    private let isClosed = Atomic<Bool>(false)

    /// A microphone by name, which is not opened yet.
    ///
    /// `report` runs on a thread that carries no sound.
    public convenience init(device: String = "default", report: @escaping @Sendable (DeviceEvent) -> Void = { _ in }) {
        self.init(device: device, opener: ALSAOpener(), report: report)
    }

    /// A microphone of another kind of device.
    public init(device: String, opener: any PCMOpener, report: @escaping @Sendable (DeviceEvent) -> Void) {
        supply = DeviceSupply(.microphone, device: device, opener: opener, report: report)
    }

    /// Opens the device, and from now on again whenever it is gone.
    public func start() {
        supply.start()
        RealTimeThread.start("parley-capture", .sound) { self.run() }
    }

    /// Closes the device behind the caller's back.
    public func close() {
        isClosed.store(true, ordering: .releasing)
        supply.close()
    }

    /// Changes to another device.
    public func use(_ device: String) { supply.use(device) }

    /// How it is doing.
    public var status: DeviceStatus {
        var status = supply.status
        status.overruns = sound.overruns.load(ordering: .relaxed)
        status.droppedMilliseconds = sound.dropped.load(ordering: .relaxed)
        return status
    }

    /// The capture thread.
    private func run() {
        while !isClosed.load(ordering: .acquiring) {
            guard let device = supply.take() else {
                pauseThread(milliseconds: 5)
                continue
            }
            let isLost = capture(from: device)
            supply.giveBack(device, isLost: isLost)
        }
    }

    /// Moves sound until the device is lost (true) or replaced.
    private func capture(from device: any PCMDevice) -> Bool {
        let stream = CaptureStream(device, into: sound)
        while !isClosed.load(ordering: .relaxed) && !supply.wantsDeviceBack {
            switch stream.step() {
            case .running: supply.note(isSilent: false)
            case .silent: supply.note(isSilent: true)
            case .hung, .lost: return true
            }
        }
        return false
    }
}

import Synchronization

/// Opens devices on threads that nobody waits for longer than a moment.
///
/// With its sound server frozen, opening takes half a minute: an attempt that does not end in time goes on alone, and the next look
/// at the same name finds what became of it. Used by one thread.
final class OpenAttempts {
    /// Milliseconds that one attempt is waited for.
    static let patience = 1000

    /// What became of an attempt.
    private final class Attempt: Sendable {
        let result = Mutex<Result<any PCMDevice, AudioDeviceError>?>(nil)
        let ended = WakeUp()
        let request: PCMRequest

        init(_ request: PCMRequest) { self.request = request }

        func run(_ opener: any PCMOpener) {
            do throws(AudioDeviceError) {
                let device = try opener.open(request)
                result.withLock { $0 = .success(device) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
            ended.call()
        }
    }

    private let opener: any PCMOpener
    /// Attempts that were not waited for to their end.
    private var unfinished: [Attempt] = []

    init(_ opener: any PCMOpener) { self.opener = opener }

    /// Opens a device.
    ///
    /// - Throws: `AudioDeviceError`, `.silent` while the attempt has not ended.
    func open(_ request: PCMRequest) throws(AudioDeviceError) -> any PCMDevice {
        let attempt = unfinished.first { $0.request == request } ?? begin(request)
        if attempt.result.withLock({ $0 == nil }) { attempt.ended.wait(milliseconds: Self.patience) }
        guard let result = attempt.result.withLock({ $0 }) else {
            throw .silent(device: request.name, direction: request.direction, milliseconds: Self.patience)
        }
        unfinished.removeAll { $0 === attempt }
        return try result.get()
    }

    /// Closes devices that were opened too late for anybody to want them, or to want them so.
    func forgetUnwanted(but wanted: [PCMRequest]) {
        for attempt in unfinished where !wanted.contains(attempt.request) {
            guard let result = attempt.result.withLock({ $0 }) else { continue }
            unfinished.removeAll { $0 === attempt }
            if case .success(let device) = result { RealTimeThread.start("parley-close") { device.close() } }
        }
    }

    private func begin(_ request: PCMRequest) -> Attempt {
        let attempt = Attempt(request)
        unfinished.append(attempt)
        let opener = opener
        // A sound server's client moves the samples on a thread of its own, which inherits the priority of this one.
        RealTimeThread.start("parley-open", .sound) { attempt.run(opener) }
        return attempt
    }
}

import Conversation
import Foundation
import TerminalUI

/// A session that is being played again, on a thread of its own.
final class PlayedSession: ReplayPlaying {
    private let player: ReplayPlayer
    private let queue: EventQueue

    /// Room for the events of many hours: after a jump they all come at once.
    private static let capacity = 200_000

    /// Begins to play.
    init(
        _ player: ReplayPlayer, wake: @escaping @Sendable () -> Void,
        whilePlaying: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.player = player
        queue = player.events.observe(capacity: Self.capacity, wake: wake)
        whilePlaying(true)
        Thread.detachNewThread {
            player.run()
            whilePlaying(false)
            wake()
        }
    }

    var duration: Double { player.range.upperBound - player.range.lowerBound }
    var position: Double { player.position - player.range.lowerBound }
    var isPaused: Bool { player.isPaused }
    var isFinished: Bool { player.isFinished }
    var speed: Double {
        get { player.speed }
        set { player.speed = newValue }
    }

    func pause() { player.pause(true) }
    func resume() { player.pause(false) }
    func seek(to seconds: Double) { player.seek(to: player.range.lowerBound + seconds) }
    func stop() { player.stop() }
    func drain() -> [TimedEvent] { queue.drain() }
}

/// How much there is in the room lately that is loud and no speech: dishes, tools, steps.
///
/// Where there is much, more is asked of a beginning.
struct RoomClutter: Equatable, Sendable {
    /// Share of the frames from which on a room is cluttered; what a room is thought to have at first.
    private static let cluttered: Float = 0.07
    /// Part of a new frame in the average: 8 s.
    private static let renewal: Float = 1 / 800

    private var share = cluttered

    var isCluttered: Bool { share >= Self.cluttered }

    /// Takes a frame in which nobody's turn is open.
    mutating func append(isClutter: Bool) { share += Self.renewal * ((isClutter ? 1 : 0) - share) }
}

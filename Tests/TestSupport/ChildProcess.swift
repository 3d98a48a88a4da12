import Foundation

/// A child process, started and awaited by the system calls themselves.
///
/// Foundation's `Process` learns of an end by a socket that grandchildren inherit: it would wait for those too.
struct ChildProcess {
    /// Its number.
    let pid: pid_t

    /// Starts a program that is found in PATH.
    ///
    /// The descriptors become its standard input, output and error.
    init(_ command: [String], environment: [String: String], input: Int32, output: Int32, error: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, source) in [input, output, error].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that Ctrl-C at the tests reaches the leash first; no signal blocked as on our threads.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else {
            throw RigError.notStarted(program: command[0], said: String(cString: strerror(failure)))
        }
        self.pid = pid
    }

    /// Waits for its end; the exit status, or 128 + n where signal n ended it.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}

/// Two connected descriptors that no child inherits unless they are handed to it.
struct DescriptorPipe {
    /// The end to read from.
    let reading: Int32
    /// The end to write to.
    let writing: Int32

    /// A new pipe.
    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw RigError.notStarted(program: "pipe", said: String(cString: strerror(errno)))
        }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// The next bytes; empty at the end.
    static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            var result = 0
            repeat {
                result = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            } while result < 0 && errno == EINTR
            count = max(0, result)
        }
    }

    /// Everything until the end, as text.
    static func text(_ descriptor: Int32) -> String {
        var all: [UInt8] = []
        while case let bytes = read(descriptor), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }
}

import Foundation

/// The descriptors 0, 1 and 2 that every program expects to have.
enum StandardDescriptors {
    /// Opens those that the program was started without on nothing. Otherwise the first files opened would get their
    /// numbers, and what is printed would be written into a run's database.
    static func fillGaps() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }
}

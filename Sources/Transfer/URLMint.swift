#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Signed URLs as a door hands them out: for the configured time, under the address that the client called.
package struct URLMint: Sendable {
    private let urls: SignedURL
    private let validitySeconds: Int
    private let now: @Sendable () -> Date
    private let address: @Sendable () -> PublicAddress

    /// - Parameters:
    ///   - validitySeconds: the setting `transfer-validity`.
    ///   - address: where the server is reached: known exactly once it listens.
    package init(
        urls: SignedURL, validitySeconds: Int, now: @escaping @Sendable () -> Date,
        address: @escaping @Sendable () -> PublicAddress
    ) {
        (self.urls, self.validitySeconds) = (urls, validitySeconds)
        (self.now, self.address) = (now, address)
    }

    /// Whether URLs for a client that called this host lead back to this server.
    package func leadBack(to host: String?) -> Bool { address().leadsBack(to: host) }

    /// A URL for the target.
    ///
    /// - Parameter host: the Host header of the request that asks for it.
    package func url(for target: TransferTarget, host: String?) -> String {
        let expiry = Int64(now().timeIntervalSince1970 * 1000) + Int64(validitySeconds) * 1000
        return urls.mint(target, expiresAt: expiry, base: address().base(requestHost: host))
    }
}

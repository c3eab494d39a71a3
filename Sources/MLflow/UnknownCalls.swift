import HTTPTypes
package import Hummingbird
import Types

/// Answers for paths and methods of the API that lead nowhere: as the API does, and only to who has logged in.
struct UnknownCalls<Context: RequestContext>: RouterMiddleware {
    let door: MLflowDoor

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError where [.notFound, .methodNotAllowed].contains(error.status) {
            let path = request.uri.path
            guard MLflowDoor.prefixes.contains(where: { path.hasPrefix($0 + "/") }) else { throw error }
            return await door.respond(request) {
                _ = try await door.principal(of: request)
                throw RegistryError(
                    .unsupported, "There is no '\(request.method.rawValue) \(path.prefix(200))' on this server.",
                    detail: ["mlflow": "ENDPOINT_NOT_FOUND"])
            }
        }
    }
}

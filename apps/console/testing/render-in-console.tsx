import type { Fleet } from '@drover/api-schema/live-protocol.ts'
import type { User } from '@drover/api-schema/user.ts'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { ClientProvider, createClient } from '../client/provider.tsx'
import { queries } from '../client/queries.ts'
import { TooltipProvider } from '../ui/tooltip.tsx'

/** What the server would have said by now; what is left out has not been read. */
type Known = { readonly user?: User; readonly fleet?: Fleet }

/** Renders a part of the console with what every part stands in, and no live socket. */
export function renderInConsole(part: ReactNode, { user, fleet }: Known = {}) {
  const client = createClient()
  const { queryClient } = client
  if (user !== undefined) queryClient.setQueryData(queries.session().queryKey, { user })
  if (fleet !== undefined) queryClient.setQueryData(queries.fleet().queryKey, fleet)
  const { container } = render(
    <ClientProvider client={client}>
      <TooltipProvider>{part}</TooltipProvider>
    </ClientProvider>,
  )
  return { client, container }
}
